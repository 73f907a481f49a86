"""The losses of segmentation that came after those of `frameworks/`, one module a framework."""
