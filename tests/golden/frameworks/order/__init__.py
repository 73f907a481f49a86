"""Losses whose value is read from the rows in order (a median, a quantile, the largest), one module a framework."""
