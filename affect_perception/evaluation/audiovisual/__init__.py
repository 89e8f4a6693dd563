"""Emotion from face and voice together: how well it is told, and where the two disagree."""
