"""The README's tables, made from the code: ``python tests/readme_tables.py`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from featmatch.methods import METHODS
from featmatch.report import COMPARISON_JSON_KEYS, FEATURES_JSON_KEYS, JSON_KEYS

README = Path(__file__).parents[1] / "README.md"


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
            f"{extractor.max_keypoints:,}",
            extractor.needs or "–",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def keys_table(keys: dict[str, tuple[str, str]]) -> str:
    rows = ["| key | unit | meaning |", "|---|---|---|"]
    rows += [f"| `{key}` | {unit or '–'} | {meaning} |" for key, (unit, meaning) in keys.items()]
    return "\n".join(rows)


def with_tables(readme: str) -> str:
    tables = {
        "methods": methods_table(),
        "json": keys_table(JSON_KEYS),
        "features json": keys_table(FEATURES_JSON_KEYS),
        "comparison json": keys_table(COMPARISON_JSON_KEYS),
    }
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, rest = readme.split(begin)
        _, after = rest.split(end)
        readme = f"{before}{begin}\n{table}\n{end}{after}"
    return readme


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
