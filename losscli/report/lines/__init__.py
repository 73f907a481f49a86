"""The lines of text that renderers share."""
