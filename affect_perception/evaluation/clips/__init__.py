"""Real clips with marked events: what the pipeline says in them against the marks."""
