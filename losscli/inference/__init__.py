"""What follows from losses: which convention made a number, and what a difference means."""
