"""Training of the multi-task driver network: one Transformer over the tokens of all senses."""
