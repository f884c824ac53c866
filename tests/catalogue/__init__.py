"""The catalogue of all sentences: how it is extracted, and what may not stand outside of it."""
