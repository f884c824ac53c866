"""What is wrong with a set of labels: its boxes, its images, its frames."""
