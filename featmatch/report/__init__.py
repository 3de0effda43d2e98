"""Results as text, JSON, tables, pictures and pages; computes nothing."""

from featmatch.report.bench_document import BENCH_JSON_KEYS
from featmatch.report.comparison_document import COMPARISON_JSON_KEYS
from featmatch.report.document import FEATURES_JSON_KEYS, JSON_KEYS

__all__ = ["BENCH_JSON_KEYS", "COMPARISON_JSON_KEYS", "FEATURES_JSON_KEYS", "JSON_KEYS"]
