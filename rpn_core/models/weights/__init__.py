"""Weights: files that ship, downloads, checkpoints of a visitor's own, read without unpickling."""
