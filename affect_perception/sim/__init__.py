"""A synthetic driver rendered from a scripted scenario, with ground truth for every frame."""
