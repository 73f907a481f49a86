"""Rows chosen by conditions on columns (`--where`)."""
