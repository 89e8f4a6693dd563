"""Load and stress on recordings: timelines of tokens, courses of conditions, scores."""
