"""Scores of the drowsiness judge, and the fit of the rule that finds its blinks."""
