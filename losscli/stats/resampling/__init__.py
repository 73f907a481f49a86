"""Bootstrap and sign flips."""
