"""Judging the voice path on recordings."""
