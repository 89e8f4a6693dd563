"""How awake the driver is: blinks, closures over time, yawns, and what they say together."""
