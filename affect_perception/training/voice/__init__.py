"""Training of the speech-emotion network."""
