"""Histories of series in files, of which scales are computed."""
