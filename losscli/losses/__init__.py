"""The losses, one a file; a file's name is its loss's name. `_*.py` hold what several kernels share."""
