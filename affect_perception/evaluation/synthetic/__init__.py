"""The synthetic driver as a recording with its truth, and scores against that truth."""
