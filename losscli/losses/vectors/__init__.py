"""The losses of vectors, one a row, one a file; `_*.py` hold what several kernels share."""
