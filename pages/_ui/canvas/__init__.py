"""The box canvas: the photo with every box on it, drawn by the browser."""
