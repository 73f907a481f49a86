"""Pairing rows by key."""
