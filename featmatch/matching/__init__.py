"""Matches between the features of two images."""
