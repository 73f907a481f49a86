"""Calls of frameworks as they stand in somebody's code, read and never run: what they compute, in losscli's words."""
