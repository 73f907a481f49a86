"""Python's own doors: several losses in one reading, and the documents of the command line as objects."""
