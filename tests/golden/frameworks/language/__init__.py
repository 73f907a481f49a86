"""Losses of language models, one module a framework."""
