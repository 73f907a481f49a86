"""A comparison in the formats of a report: those for machines, and those of continuous integration."""
