"""Readers of data sets with ground truth, one small file per format."""
