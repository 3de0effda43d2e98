"""Measures of keypoints, matches and models against a known truth, one a file."""
