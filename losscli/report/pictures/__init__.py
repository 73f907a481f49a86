"""Pictures of reports: each in a file of its own, drawn by matplotlib from the document alone."""
