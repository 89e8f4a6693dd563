"""Models: manifest, preparation, conversion and sessions behind one protocol."""
