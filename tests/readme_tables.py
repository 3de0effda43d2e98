"""Tables and schemas made from the code; ``python tests/readme_tables.py`` writes them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from json_schemas import EXPLAINED, in_step, read_schema, schema_path, schema_text

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
DOCS = REPOSITORY / "docs"
BENCHMARKS = DOCS / "benchmarks.json"
DOCUMENTS = (README, DOCS / "json.md", DOCS / "methods.md", DOCS / "performance.md")


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


def peers_table() -> str:
    """Return what docs/methods.md shows between its marks, with links from the top."""
    text = (DOCS / "methods.md").read_text(encoding="utf-8")
    table = text.split("<!-- auto and script: begin -->\n")[1].split(
        "\n<!-- auto and script: end -->"
    )[0]
    return re.sub(r"\]\((?=[a-z])", "](docs/", table)


def benchmarks_table(group: str) -> str:
    """Return what the benchmarks of a group have recorded: matching, engine or reconstruction."""
    rows = ["| what / peer | ours | peer | ratio | bound |", "|---|---:|---:|---:|---:|"]
    for name, row in json.loads(BENCHMARKS.read_text(encoding="utf-8")).items():
        if group_of_benchmark(name) == group:
            costs = (cost(row[key], row["unit"]) for key in ("ours", "peer"))
            ratio, bound = (f"{row[key]:.3g}" for key in ("ratio", "bound"))
            if row["ratio"] > row["bound"]:
                ratio = f"**{ratio}**"
            rows.append(f"| {' | '.join((name, *costs, ratio, bound))} |")
    if len(rows) == 2:
        raise ValueError(f"{BENCHMARKS}: no benchmarks of {group}; run them with a record")
    return "\n".join(rows)


def group_of_benchmark(name: str) -> str:
    if "COLMAP" in name:
        return "reconstruction"
    return "engine" if name.startswith("3x3 conv") else "matching"


def cost(value: float, unit: str) -> str:
    if unit == "s" and value < 0.01:
        return f"{1e3 * value:.3g} ms"
    return f"{value:,.0f} {unit}".strip() if value >= 1000 else f"{value:.3g} {unit}".strip()


def with_tables(document: str) -> str:
    tables = {
        "methods": methods_table(),
        "peers": peers_table(),
        "benchmarks": benchmarks_table("matching"),
        "engine benchmarks": benchmarks_table("engine"),
        "reconstruction benchmarks": benchmarks_table("reconstruction"),
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
    for name, keys in EXPLAINED.items():
        schema_path(name).write_text(schema_text(in_step(read_schema(name), keys)), "utf-8")
