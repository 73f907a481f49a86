"""Losses that take a second score or vector a row, one module a framework."""
