"""Losses of calibration, one a file."""
