"""What may be asked, a module a command: the Python interface, on which the command line runs."""
