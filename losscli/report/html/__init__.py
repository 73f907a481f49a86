"""The page: one file that opens anywhere, without scripts and addresses."""
