"""Single eyes: gaze of their patches in the frames of its labels, and the dark pupil."""
