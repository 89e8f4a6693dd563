"""What people look at: the report of a run, maps of gaze and cabin, the overlay on a picture."""
