"""What a loss says of itself: its parameters and their domains, its inputs, what each framework does otherwise."""
