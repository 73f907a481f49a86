"""From what was said to a request, and from a request to a loss that is bound."""
