"""What the page "Targets and loss" is made of."""
