"""Tables of the documents, made from the code; ``python tests/readme_tables.py`` writes them."""

from __future__ import annotations

from pathlib import Path

from featmatch.methods import METHODS
from featmatch.report import (
    ALIGNMENT_JSON_KEYS,
    BENCH_JSON_KEYS,
    COMPARISON_JSON_KEYS,
    FEATURES_JSON_KEYS,
    JSON_KEYS,
    PLACEMENTS_JSON_KEYS,
)

REPOSITORY = Path(__file__).parents[1]
README = REPOSITORY / "README.md"
DOCUMENTS = (README, REPOSITORY / "docs/json.md")


def methods_table() -> str:
    rows = ["| method | what it finds | descriptor | matched by | at most | needs |"]
    rows.append("|---|---|---|---|---|---|")
    for name, pipeline in METHODS.items():
        extractor = pipeline.extractor
        cells = (
            f"`{name}`",
            extractor.summary,
            extractor.descriptor,
            {"l2": "L2", "hamming": "Hamming", "hamming2": "Hamming2"}[extractor.norm],
            f"{vars(extractor)['max_keypoints']:,}",
            extractor.needs or "–",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def keys_table(keys: dict[str, tuple[str, str]]) -> str:
    rows = ["| key | unit | meaning |", "|---|---|---|"]
    rows += [f"| `{key}` | {unit or '–'} | {meaning} |" for key, (unit, meaning) in keys.items()]
    return "\n".join(rows)


def with_tables(document: str) -> str:
    tables = {
        "methods": methods_table(),
        "json": keys_table(JSON_KEYS),
        "alignment json": keys_table(ALIGNMENT_JSON_KEYS),
        "placements json": keys_table(PLACEMENTS_JSON_KEYS),
        "features json": keys_table(FEATURES_JSON_KEYS),
        "comparison json": keys_table(COMPARISON_JSON_KEYS),
        "bench json": keys_table(BENCH_JSON_KEYS),
    }
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        if begin in document:
            before, rest = document.split(begin)
            _, after = rest.split(end)
            document = f"{before}{begin}\n{table}\n{end}{after}"
    return document


if __name__ == "__main__":
    for path in DOCUMENTS:
        path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
