"""The networks themselves, and how each is built."""
