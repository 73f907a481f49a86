"""The file formats, one a file, and the guards in front of them."""
