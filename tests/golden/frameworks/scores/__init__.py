"""Scores, and losses of the order of items, one module a framework."""
