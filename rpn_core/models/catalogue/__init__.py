"""What is known about each model without loading it."""
