"""Many images: which are there, which pairs of them to match, what was found, and where it is kept."""
