"""Which convention made a number."""
