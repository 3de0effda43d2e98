"""A bench as CSV: a row for each suite and method, or for each pair, with its settings."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from featmatch.escaping import spreadsheet_cell
from featmatch.report.bench.document import columns_of

Document = Mapping[str, Any]


def summaries_csv(document: Document) -> bytes:
    """Write what was measured of each suite, group and method."""
    return _csv(document, document["summaries"])


def scores_csv(document: Document) -> bytes:
    """Write what was measured of each pair and method."""
    return _csv(document, document["scores"])


def _csv(document: Document, entries: Sequence[Mapping[str, Any]]) -> bytes:
    rows = [columns_of(entry) | _settings(document, entry["method"]) for entry in entries]
    names = dict.fromkeys(name for row in rows for name in row)
    text = StringIO()
    writer = csv.DictWriter(text, list(names), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue().encode("utf-8", "backslashreplace")  # as JSON has letters that are none


def _cell(value: Any) -> Any:
    return spreadsheet_cell(value) if isinstance(value, str) else value


def _settings(document: Document, method: str) -> dict[str, Any]:
    """Return the settings of a row; of methods with several steps, all their values."""
    settings, steps = document["settings"], document["methods"][method]
    caps = (f"{step['max_keypoints']}" for step in steps)
    estimators = dict.fromkeys(step["estimator"] for step in steps)
    return {
        **settings,
        "max_keypoints": " ".join(caps),
        "estimator": " ".join(estimators),
    }
