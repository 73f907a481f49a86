"""The losses of errors relative to the size of the labels, one a file; `_*.py` hold what several kernels share."""
