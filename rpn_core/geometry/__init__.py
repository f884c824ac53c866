"""Boxes as numbers: IoU, clipping, the coding of offsets, groups by size, compiled loops."""
