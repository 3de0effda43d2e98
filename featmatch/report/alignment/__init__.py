"""Reports of one image laid over another, and of one found in others."""
