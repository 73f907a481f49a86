"""What somebody may have meant by the name of a loss that is not here."""
