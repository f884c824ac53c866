"""Photos: read within limits, as the same pixels everywhere."""
