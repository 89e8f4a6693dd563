"""Measurements of the fusion: subsets of sensors, and sensors that fail."""
