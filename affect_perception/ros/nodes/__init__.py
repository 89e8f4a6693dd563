"""Lifecycle nodes, one module each."""
