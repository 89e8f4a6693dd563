"""Scripted observations: what the vision would say of a driver, without pictures."""
