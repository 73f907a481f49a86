"""Values that the real frameworks printed, and the scripts that made them print."""
