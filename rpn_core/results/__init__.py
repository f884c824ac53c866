"""What is told of results: the funnel, the trace of one anchor, tables, export."""
