"""Pure computation on numpy arrays: no ROS, clock, thread, file or environment access."""
