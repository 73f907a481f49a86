"""Groups of rows whose loss is worse than that of the rest: found in one half of the rows, tested in the other."""
