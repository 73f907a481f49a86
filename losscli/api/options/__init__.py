"""What may be said of a run: every option, declared once."""
