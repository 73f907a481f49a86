"""What `why` found, in the formats of a report."""
