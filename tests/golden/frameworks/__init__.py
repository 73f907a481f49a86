"""One module a framework; importing it imports the framework. Each has `cases(rng)`."""
