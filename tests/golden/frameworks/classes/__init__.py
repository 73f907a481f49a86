"""The losses of classes and of text, asked of each framework."""
