"""A loss for many values of its parameters, in one reading of the data."""
