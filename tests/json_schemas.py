"""JSON Schemas of what featmatch writes, kept in step with the tables that explain the keys.

``python tests/readme_tables.py`` takes over what the tables say: meanings, new keys, and keys that
are gone. Types, and what may be missing, stay as the files have them, where those of new keys have
to be put in.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from featmatch.plain import to_json
from featmatch.report import (
    ALIGNMENT_JSON_KEYS,
    BENCH_JSON_KEYS,
    COMPARISON_JSON_KEYS,
    FEATURES_JSON_KEYS,
    JSON_KEYS,
    PLACEMENTS_JSON_KEYS,
)

DOCS = Path(__file__).parents[1] / "docs"
FOLDER = DOCS / "schemas"


def keys_below(heading: str) -> dict[str, tuple[str, str]]:
    """Read the table of docs/json.md that explains the keys under a heading."""
    page = (DOCS / "json.md").read_text(encoding="utf-8")
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", section, flags=re.M)
    return {key: (unit.strip("–"), meaning) for key, unit, meaning in rows}


EXPLAINED = {
    "match": JSON_KEYS,
    "align": ALIGNMENT_JSON_KEYS,
    "locate": PLACEMENTS_JSON_KEYS,
    "detect": FEATURES_JSON_KEYS,
    "compare-cnn": COMPARISON_JSON_KEYS,
    "bench": BENCH_JSON_KEYS,
    "collection": keys_below("A collection"),
    "summary": keys_below("The summary of a collection"),
    "training": keys_below("A training"),
}
"""Name of a schema -> key -> (unit, meaning)."""

Schema = dict[str, Any]


def schema_path(name: str) -> Path:
    return FOLDER / f"{name}.schema.json"


def read_schema(name: str) -> Schema:
    schema: Schema = json.loads(schema_path(name).read_text(encoding="utf-8"))
    return schema


@cache
def validator(name: str) -> Draft202012Validator:
    referred = Resource.from_contents(read_schema("align"))
    registry = Registry[Any]().with_resource(schema_path("align").name, referred)
    return Draft202012Validator(read_schema(name), registry=registry)


def check_schema(name: str, document: str | dict[str, Any]) -> None:
    """Hold a document against its schema, as whoever reads the file gets it."""
    text = document if isinstance(document, str) else to_json(document)
    errors = validator(name).iter_errors(json.loads(text))
    told = [f"{error.json_path}: {error.message[:200]}" for error in errors]
    if told:
        raise AssertionError("\n".join(told))


def schema_text(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def in_step(schema: Schema, keys: dict[str, tuple[str, str]]) -> Schema:
    """Return a schema with the keys of a table, and the types it had."""
    return schema | _object(schema, {tuple(key.split(".")): text for key, text in keys.items()})


def _object(schema: Schema, keys: dict[tuple[str, ...], tuple[str, str]]) -> Schema:
    """Return the parts of the schema of an object: its properties, and which have to be there."""
    names = list(dict.fromkeys(key[0] for key in keys))
    before = schema.get("properties", {})
    properties = {}
    for name in names:
        bare = name.removesuffix("[]")
        below = {key[1:]: text for key, text in keys.items() if key[0] == name and len(key) > 1}
        old = before.get(bare, {})
        if not below:
            unit, meaning = keys[(name,)]
            properties[bare] = {"description": f"{meaning} [{unit}]" if unit else meaning} | {
                key: value for key, value in old.items() if key != "description"
            }
        elif bare != name:
            items = {"type": "object"} | old.get("items", {})
            properties[bare] = {"type": "array"} | old
            properties[bare]["items"] = items | _object(items, below)
        else:
            properties[bare] = {"type": "object"} | old | _object(old, below)
    required = [name for name in schema.get("required", ()) if name in properties]
    return {"properties": properties, "required": required, "additionalProperties": False}
