"""Training of the eye network: data sets, augmentation, network, loop, cross-validation, export."""
