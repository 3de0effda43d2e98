"""Align: one image laid over another, and how far off it is expected, and found, to be."""
