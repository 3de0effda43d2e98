"""Figures as files, on any thread."""
