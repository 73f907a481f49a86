"""Where rows come from: one format a file, all behind the same protocol (`table`)."""
