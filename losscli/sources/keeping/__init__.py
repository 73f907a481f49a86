"""Columns that are no part of a loss, and stand beside the losses of rows: --keep, and the keys of --join."""
