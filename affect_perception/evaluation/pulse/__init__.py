"""Pulse from video: scenes of the synthetic driver, and how rates are scored."""
