"""Scorecards on data with ground truth, and reports on events and false alerts."""
