"""Data drawn from what a loss declares."""
