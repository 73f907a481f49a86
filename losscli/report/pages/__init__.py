"""Pages of text about a loss, a convention, a comparison."""
