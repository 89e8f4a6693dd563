"""Beats against reference beats, quality of signals, NeuroKit2 beside them."""
