"""Files made to break a reader: builders of each format, the sentence each must get, and a bounded process to try."""
