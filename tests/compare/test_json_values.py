"""Results as JSON has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from comparison_cases import working

from featmatch.compare.json_values import is_picture, plain
from featmatch.evaluation.metrics.bootstrap import Interval


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
        (np.float32(0.1), 0.1),
        (np.int64(2**40), 2**40),
        (np.bool_(False), False),
        (1 / 3, 0.3333333),
        (123456.78901, 123456.8),
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


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3)])
def test_pictures_are_left_out(shape):
    picture = np.zeros(shape, np.uint8)
    assert plain(Holder(picture)) == {"other": "here"}
    assert plain({"a": picture, "b": 1}) == {"b": 1}


@pytest.mark.parametrize(
    "numbers", [np.zeros((4, 5)), np.zeros(4, np.uint8), np.zeros((4, 5, 2), np.uint8)]
)
def test_other_arrays_are_numbers(numbers):
    assert not is_picture(numbers)
    assert plain(Holder(numbers))["value"] == numbers.tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_an_image_is_its_name_and_size(dtype):
    image = working()
    assert dtype == image.pixels.dtype or dtype == np.float32
    assert plain(Holder(image))["value"] == {"size": [320, 240], "name": "array"}


def test_fields_keep_their_order():
    assert list(plain(Interval(1.0, 2.0, 3.0))) == ["value", "low", "high"]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_json_has_no_word_for(number):
    with pytest.raises(ValueError, match=r"^value: expected a finite number, got "):
        plain({"a": [np.array([1.0, number])]})


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", 1j])
def test_what_is_not_plain(value):
    with pytest.raises(TypeError, match=r"^value: expected numbers, strings and their like, got "):
        plain([value])
