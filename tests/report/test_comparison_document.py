"""The JSON file of a comparison: every key is explained, once."""

from __future__ import annotations

import json

import pytest
from hand_made_comparison import make_comparison, without_geometry, without_points

from featmatch.plain import to_json
from featmatch.report import COMPARISON_JSON_KEYS

NAMED_FREELY = ("seconds", "feature_maps.kernels.classic")  # objects whose keys are names


def key_paths(value, path=""):
    """Every key as `COMPARISON_JSON_KEYS` writes it; an interval is one."""
    if path in NAMED_FREELY or not isinstance(value, dict | list):
        return {path}
    if isinstance(value, dict):
        if list(value) == ["value", "low", "high"]:
            return {path}
        inner = f"{path}." if path else ""
        return {name for key in value for name in key_paths(value[key], f"{inner}{key}")}
    if value and isinstance(value[0], dict):
        return {name for item in value for name in key_paths(item, f"{path}[]")}
    return {path}


@pytest.mark.parametrize("change", [lambda same: same, without_geometry, without_points])
def test_every_key_is_explained_once(change):
    document = json.loads(to_json(change(make_comparison()).to_dict()))
    assert key_paths(document) == set(COMPARISON_JSON_KEYS)


def test_explanations_are_a_unit_and_a_meaning():
    units = ("", "px", "px to px", "s", "bytes", "0 to 1", "-1 to 1", "rad")
    for key, (unit, meaning) in COMPARISON_JSON_KEYS.items():
        assert unit in units, key
        assert meaning
        assert "|" not in meaning
    assert list(COMPARISON_JSON_KEYS)[-1] == "seconds"
