"""Anchors: laid on the grids of the levels, and counted."""
