"""The scores that compare an error with the variation of the labels, one a file."""
