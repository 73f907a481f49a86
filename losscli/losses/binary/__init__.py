"""The binary losses, one a file; `_*.py` hold what several kernels share."""
