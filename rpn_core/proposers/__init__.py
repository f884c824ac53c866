"""Everything that proposes boxes for a photo."""
