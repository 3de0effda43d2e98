"""Results as text, JSON, tables, pictures and pages; computes nothing."""

from featmatch.report.document import FEATURES_JSON_KEYS, JSON_KEYS

__all__ = ["FEATURES_JSON_KEYS", "JSON_KEYS"]
