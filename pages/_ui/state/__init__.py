"""What a visit remembers, and what every part of a page needs for it."""
