"""Training of the fusion of face and voice: exponents, scales, and a small Transformer."""
