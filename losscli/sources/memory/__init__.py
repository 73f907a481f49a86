"""Data that are in memory already, as Python has them: arrays, tensors, lists, Series, frames and open files."""
