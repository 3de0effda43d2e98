"""Alignments: text, JSON, tables, and pictures of both images."""
