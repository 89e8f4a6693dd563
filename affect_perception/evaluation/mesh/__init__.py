"""The face mesh in other mark-ups and stages, and simple estimates from its points."""
