"""Values as JSON has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.plain import is_picture, plain, to_json


@dataclass
class Holder:
    value: Any
    other: Any = "here"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("<script>é", "<script>é"),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.int64(2**40), 2**40),
        (np.bool_(False), False),
        (1 / 3, 1 / 3),
        (1e-12, 1e-12),
        (np.array([[1.5, 2], [3, 4]]), [[1.5, 2.0], [3.0, 4.0]]),
        (np.zeros((0, 2)), []),
        (np.array([True, False]), [True, False]),
        (np.arange(3, dtype=np.uint8), [0, 1, 2]),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({"a": (1,), 2: None}, {"a": [1], "2": None}),
        (Interval(0.5, None, 1.0), {"value": 0.5, "low": None, "high": 1.0}),
    ],
)
def test_values(value, expected):
    assert plain(value) == expected
    assert type(plain(value)) is type(expected)
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == expected


def test_digits_are_those_asked_for():
    values = [1 / 3, np.float32(0.1), np.array([123456.78901, 1e-12]), 12345678, True]
    encoded = plain(values, num_digits=3)
    assert encoded == [0.333, 0.1, [123000.0, 1e-12], 12345678, True]
    assert [type(value) for value in encoded] == [float, float, list, int, bool]


@pytest.mark.parametrize("is_picture_of", [(4, 5), (4, 5, 3)])
def test_fields_and_entries_can_be_left_out(is_picture_of):
    picture = np.zeros(is_picture_of, np.uint8)
    assert plain(Holder(picture), leave_out=is_picture) == {"other": "here"}
    assert plain({"a": picture, "b": {"c": picture}}, leave_out=is_picture) == {"b": {}}
    assert plain({"a": picture}) == {"a": picture.tolist()}


@pytest.mark.parametrize(
    "numbers", [np.zeros((4, 5)), np.zeros(4, np.uint8), np.zeros((4, 5, 2), np.uint8)]
)
def test_other_arrays_are_no_pictures(numbers):
    assert not is_picture(numbers)
    assert plain(Holder(numbers))["value"] == numbers.tolist()


def test_what_is_replaced_is_written_as_any_value():
    def replace(value):
        return Interval(0.25, None, np.float64(1)) if value == "interval" else value

    encoded = plain(["interval", "other", None, 1.5], replace=replace)
    assert encoded == [{"value": 0.25, "low": None, "high": 1.0}, "other", None, 1.5]


def test_fields_keep_their_order():
    assert list(plain(Interval(1.0, 2.0, 3.0))) == ["value", "low", "high"]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_json_has_no_word_for(number):
    value = {"a": [np.array([1.0, number]), np.float32(number), number]}
    with pytest.raises(ValueError, match=r"^value: expected a finite number, got "):
        plain(value)
    assert plain(value, not_finite="null") == {"a": [[1.0, None], None, None]}
    kept = plain(value, not_finite="keep")["a"]
    np.testing.assert_array_equal([*kept[0], *kept[1:]], [1.0, number, number, number])


def test_json_has_a_line_for_each_key_at_the_top():
    document = {"a": [1, 2.5], "ü": {"b": None}}
    text = to_json(document)
    assert text.splitlines() == ["{", '  "a": [1, 2.5],', '  "\\u00fc": {"b": null}', "}"]
    assert json.loads(text) == document


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", 1j])
def test_what_is_not_plain(value):
    with pytest.raises(TypeError, match=r"^value: expected numbers, strings and their like, got "):
        plain([value])
