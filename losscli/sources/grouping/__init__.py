"""Which group each row belongs to: the columns of --by, and their values as numbers and as names."""
