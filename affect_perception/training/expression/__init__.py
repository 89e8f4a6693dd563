"""Training of the expression network: data, augmentation, networks, checks, export."""
