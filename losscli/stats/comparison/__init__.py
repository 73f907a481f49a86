"""Two models on the same rows: differences, tests, power, verdicts."""
