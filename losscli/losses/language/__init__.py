"""The losses of language models, one a file; `_*.py` hold what several kernels share."""
