"""Runs a bound loss over aligned rows: blocks, threads, policies."""
