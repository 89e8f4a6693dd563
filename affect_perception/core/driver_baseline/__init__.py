"""What is usual for the driver in the seat: open eyes, where the road is, how the head is held."""
