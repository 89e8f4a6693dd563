"""From a cabin picture to face, head pose, eyes, gaze and gaze zone."""
