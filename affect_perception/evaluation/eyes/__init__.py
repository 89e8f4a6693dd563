"""Gaze of single eye patches: the frames of its labels, and its scores."""
