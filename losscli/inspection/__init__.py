"""What files hold, and whether they belong together."""
