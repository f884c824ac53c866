"""The objects of a photo: kept for the visit, drawn, saved, read from label files."""
