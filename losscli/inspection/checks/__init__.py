"""What an inspection checks, and the alarms that follow."""
