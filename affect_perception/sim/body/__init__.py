"""The scripted body: heart, breathing and skin over time, and what sensors make of them."""
