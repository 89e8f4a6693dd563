"""One affect state of the driver from face, voice and body: alignment in time, combination."""
