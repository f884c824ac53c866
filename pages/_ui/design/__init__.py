"""What the page "Anchor design" is made of."""
