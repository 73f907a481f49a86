"""Exact sums of rows, and the means that are made of them."""
