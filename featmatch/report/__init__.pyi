from featmatch.report.alignment.document import ALIGNMENT_JSON_KEYS as ALIGNMENT_JSON_KEYS
from featmatch.report.alignment.placements_document import (
    PLACEMENTS_JSON_KEYS as PLACEMENTS_JSON_KEYS,
)
from featmatch.report.bench.document import BENCH_JSON_KEYS as BENCH_JSON_KEYS
from featmatch.report.comparison.document import COMPARISON_JSON_KEYS as COMPARISON_JSON_KEYS
from featmatch.report.match.document import FEATURES_JSON_KEYS as FEATURES_JSON_KEYS
from featmatch.report.match.document import JSON_KEYS as JSON_KEYS
from featmatch.report.training.curves import plot_history as plot_history
