"""Reports and rows on their way to a file."""
