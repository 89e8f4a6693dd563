"""Cognitive load and stress: tokens of body signals, the driver's own baseline, the model."""
