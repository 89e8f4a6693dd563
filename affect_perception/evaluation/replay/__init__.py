"""A recording or a live run through the pipeline, and the files that come of it."""
