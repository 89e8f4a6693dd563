"""Training of audio-visual emotion: linear heads on features of face and voice."""
