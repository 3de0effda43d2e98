"""Results as text, JSON, tables, pictures and pages; computes nothing."""

from typing import TYPE_CHECKING

from featmatch.loading import load_names

if TYPE_CHECKING:
    from featmatch.report.bench_document import BENCH_JSON_KEYS
    from featmatch.report.comparison_document import COMPARISON_JSON_KEYS
    from featmatch.report.document import FEATURES_JSON_KEYS, JSON_KEYS

__all__ = ["BENCH_JSON_KEYS", "COMPARISON_JSON_KEYS", "FEATURES_JSON_KEYS", "JSON_KEYS"]

_NAMES_IN = {
    "bench_document": ("BENCH_JSON_KEYS",),
    "comparison_document": ("COMPARISON_JSON_KEYS",),
    "document": ("FEATURES_JSON_KEYS", "JSON_KEYS"),
}

__getattr__ = load_names(__name__, _NAMES_IN)


def __dir__() -> list[str]:
    return __all__
