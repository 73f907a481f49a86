"""From sums to statements: intervals, tests, verdicts. No files."""
