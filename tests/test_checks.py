"""Numbers within limits: what is accepted, and how the limits are told."""

from __future__ import annotations

import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch.checks import check_array, check_generator, check_number, show


@pytest.mark.parametrize(
    ("limits", "inside", "outside", "expected"),
    [
        ({"low": 0, "high": 1}, [0, 0.5, 1], [-1e-9, 1.1, math.inf], "a number from 0 to 1"),
        ({"low": 0}, [0, sys.float_info.max], [-1, math.inf], "a finite number of at least 0"),
        ({"low": 0, "high": math.inf}, [0, math.inf], [-1], "a number of at least 0"),
        ({"above": 0}, [5e-324, 7], [0, -1, math.inf], "a finite number above 0"),
        ({"above": 0, "high": math.inf}, [1e-300, math.inf], [0, -0.0], "a number above 0"),
        ({"above": 0, "high": 5}, [1, 5], [0, 5.1], "a number above 0 and up to 5"),
        ({"low": 0, "below": 1}, [0, 0.9], [1, -1], "a number of at least 0 and below 1"),
        ({"high": 1e-30}, [-1e300, 1e-30], [1, -math.inf], "a number up to 1e-30"),
        ({}, [-1e300, 0, 5], [math.inf, -math.inf, 10**400], "a finite number"),
    ],
)
def test_limits_are_kept_and_told(limits, inside, outside, expected):
    for value in inside:
        assert check_number("x", value, **limits) == value
    for value in (*outside, math.nan, "1", None, True, np.True_, 1j, np.ones(2)):
        with pytest.raises(ValueError, match=f"^x: expected {expected}, got ") as error:
            check_number("x", value, **limits)
        assert str(error.value).endswith(repr(value))


@pytest.mark.parametrize(
    "kind",
    [int, float, Fraction, np.int8, np.int64, np.uint8, np.float16, np.float32, np.float64],
)
def test_numbers_of_any_precision_become_floats(kind):
    value = check_number("x", kind(3), 0)
    assert (value, type(value)) == (3, float)
    assert check_number("x", kind(3), 0, math.inf) == 3


@settings(max_examples=40)
@given(value=st.floats(), low=st.floats(-10, 10), high=st.floats(-10, 10))
def test_what_is_accepted_lies_between_the_limits(value, low, high):
    try:
        accepted = check_number("x", value, low, high) == value
    except ValueError:
        accepted = False
    assert accepted == (low <= value <= high)


def test_a_generator_is_one():
    rng = np.random.default_rng(0)
    assert check_generator("rng", rng) is rng
    for value in (0, None, np.random.RandomState(0), np.random.default_rng):
        with pytest.raises(
            TypeError, match=r"^x: expected a numpy\.random\.Generator, got "
        ) as error:
            check_generator("x", value)
        assert str(error.value).endswith(show(value))


def test_an_array_is_one_and_finite():
    for array in (np.ones((2, 3), np.float32), np.array(2.0), np.zeros(0)):
        assert check_array("x", array) is array
    assert check_array("x", np.float64(2)) == 2
    for value, shown in [([1.0, 2.0], r"\[1\.0, 2\.0\]"), (None, "None"), (1.5, r"1\.5")]:
        with pytest.raises(TypeError, match=f"^x: expected an ndarray, got {shown}$"):
            check_array("x", value)
    with pytest.raises(ValueError, match=r"^x: expected finite numbers, got nan at index \(1\)$"):
        check_array("x", np.array([1, np.nan]))
    with pytest.raises(ValueError, match=r"^x: expected real numbers, got an array of complex128$"):
        check_array("x", np.ones(2, complex))


def test_long_values_are_shown_by_their_type():
    assert show("a") == "'a'"
    assert show("a" * 58) == repr("a" * 58)
    assert show("a" * 59) == "an object of type str"
    assert show(np.eye(2)) == "an object of type ndarray"
