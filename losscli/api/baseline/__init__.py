"""A report beside an earlier one: what belongs together, the rows of both, and what is said of their difference."""
