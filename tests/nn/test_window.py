"""Sizes of windows, against a count of the places where they fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from featmatch.errors import ArgumentError
from featmatch.nn.window import TransposedWindow, Window, make_window

SMALL = st.integers(1, 5)


@given(SMALL, SMALL, SMALL, st.integers(0, 4), st.integers(0, 4), st.integers(1, 20))
def test_output_size_counts_the_places(kernel, stride, dilation, before, after, size):
    window = Window((kernel, 1), (stride, 1), (dilation, 1), ((before, after), (0, 0)))
    reach = dilation * (kernel - 1)
    places = [first for first in range(0, before + size + after - reach) if first % stride == 0]
    assert window.extent == (reach + 1, 1)
    if places:
        assert window.output_size((size, 7)) == (len(places), 7)
    else:
        with pytest.raises(ValueError, match="padded height of at least"):
            window.output_size((size, 7))


@given(SMALL, SMALL, SMALL, st.integers(0, 2), st.integers(1, 9))
def test_transposed_size_is_the_way_back(kernel, stride, dilation, padding, size):
    """Of the sizes that a convolution maps to `size`, it is the smallest."""
    window = make_window((kernel, kernel), stride, padding, dilation)
    larger, _ = window.transposed_output_size((size, size), (0, 0))
    if larger > 0:
        assert window.output_size((larger, larger)) == (size, size)
        assert (
            larger + 2 * padding == window.extent[0]
            or window.output_size((larger - 1,) * 2)[0] == size - 1
        )


def test_same_puts_the_odd_zero_last():
    assert make_window((3, 4), 1, "same", (2, 1)).padding == ((2, 2), (1, 2))


@pytest.mark.parametrize(
    ("name", "value"),
    [("stride", -1), ("padding", (0, -1)), ("output_padding", -1), ("dilation", 0)],
)
def test_a_transposed_window_out_of_range_is_refused(name, value):
    with pytest.raises(ArgumentError, match=rf"^{name}: expected an integer of at least "):
        TransposedWindow(**{name: value})
