"""What the page "NMS" and its controls are made of."""
