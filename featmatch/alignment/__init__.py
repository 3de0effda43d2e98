"""One image laid over another, and one found in others."""
