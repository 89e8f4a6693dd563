"""Body signals: beats, heart-rate variability, skin conductance, respiration, quality."""
