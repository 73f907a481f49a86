"""The likelihoods and deviances of counts and amounts, one a file; `_*.py` hold what several kernels share."""
