"""What may be asked of files, a question a module: the Python interface, and what the commands run on."""
