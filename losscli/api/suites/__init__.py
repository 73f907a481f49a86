"""Suites and lists of data sets."""
