"""The losses of errors, counts and vectors: what the frameworks print of them, a module a framework."""
