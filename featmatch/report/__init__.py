"""Results as text, JSON, tables, pictures and pages; computes nothing."""

from featmatch.loading import load_names

__getattr__, __dir__, __all__ = load_names(__name__)
