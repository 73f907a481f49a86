"""Names and numbers of classes, in columns and in labels."""
