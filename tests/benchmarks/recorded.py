"""Keep what benchmarks have measured, for the tables of the documents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from paired import Comparison


def record(comparisons: Iterable[Comparison], path: Path) -> None:
    """Put comparisons into a file of JSON, in place of earlier ones of the same names."""
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for comparison in comparisons:
        values = dict(vars(comparison))
        name = values.pop("name")
        rows[name] = {key: _rounded(value) for key, value in values.items()}
    lines = (f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _rounded(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(f"{value:.4g}")
