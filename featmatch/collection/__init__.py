"""Many images: which there are, which pairs to match, what was found, and where it is kept."""
