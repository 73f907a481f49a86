"""What stands in the arrays of predictions and labels: their kinds, shapes, elements and the values that may not be."""
