"""The core: what a loss is. NumPy and the standard library only; no files, no terminal."""
