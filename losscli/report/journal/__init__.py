"""JSON lines that a batch adds to and resumes from."""
