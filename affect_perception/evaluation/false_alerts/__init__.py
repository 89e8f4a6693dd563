"""Hours of attentive driving, observed by script or rendered, and what was said in them."""
