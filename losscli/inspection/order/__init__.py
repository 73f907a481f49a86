"""Whether predictions and labels stand in the same order."""
