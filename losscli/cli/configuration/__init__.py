"""Configuration: files, environment, and what they set."""
