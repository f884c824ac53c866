"""What the server answers beside the pages: its health, and the headers of every answer."""
