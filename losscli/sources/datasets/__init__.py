"""Several files as one table, which they are, whether they are still the same, and tables that runs share."""
