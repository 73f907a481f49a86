"""Losses of censored times, one module a framework."""
