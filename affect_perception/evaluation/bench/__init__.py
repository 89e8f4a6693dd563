"""Speed, start and memory of the face path and of the nodes, beside MediaPipe on equal pictures."""
