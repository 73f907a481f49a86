"""What `slices` and `sweep` found, in every form: a few sentences and a table."""
