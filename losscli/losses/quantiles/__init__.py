"""The losses whose best prediction is a quantile or an expectile, one a file."""
