"""Proper scoring rules of forecasts that are a distribution, one a file; `_*.py` hold what several kernels share."""
