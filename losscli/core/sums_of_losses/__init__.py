"""Weighted sums of losses, such as `dice + 0.5 * focal(gamma=2)`: their grammar, and one loss made of several."""
