"""How a kernel walks, against the engine and by counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featmatch import nn
from featmatch.explaining.convolution import correlated
from featmatch.explaining.padding import Walk, padding
from featmatch.images.image import read_image

IMAGE = read_image(np.random.default_rng(4).integers(0, 256, (50, 40), dtype=np.uint8))
DATA = padding(IMAGE).data
EXAMPLES = {example.label: example for example in DATA["examples"]}

walks = st.builds(
    Walk,
    size=st.integers(1, 12),
    kernel_size=st.integers(1, 5),
    padding=st.integers(0, 4),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
)


def options(walk):
    return {"padding": walk.padding, "stride": walk.stride, "dilation": walk.dilation}


@settings(max_examples=30)
@given(walks)
def test_the_engine_makes_outputs_of_this_size(walk):
    numbers, kernel = np.ones((walk.size,) * 2), np.ones((walk.kernel_size,) * 2)
    if walk.output_size:
        assert correlated(numbers, kernel, **options(walk)).shape == (walk.output_size,) * 2
    else:
        with pytest.raises(ValueError):
            correlated(numbers, kernel, **options(walk))


@settings(max_examples=30)
@given(walks.filter(lambda walk: walk.output_size))
def test_places_are_those_that_an_output_depends_on(walk):
    row = nn.Tensor(np.zeros((1, walk.size, 1, 1)), requires_grad=True)
    weight = np.ones((walk.kernel_size, 1, 1, 1))
    pairs = {name: (value, int(name != "padding")) for name, value in options(walk).items()}
    for place in range(walk.output_size):
        y = nn.conv2d(row, weight, **pairs)
        (gradient,) = nn.grad(y[:, place].sum(), [row])
        inside = [p for p in walk.places(place) if 0 <= p < walk.size]
        np.testing.assert_array_equal(np.flatnonzero(gradient), sorted(inside))


def test_a_kernel_larger_than_the_input_reads_nothing():
    walk = Walk(4, 3, padding=1, dilation=3)
    assert (walk.span, walk.output_size) == (7, 0)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_examples_are_means_of_what_is_read(example):
    names = ("size", "kernel_size", "padding", "stride", "dilation")
    walk = Walk(*(getattr(example, name) for name in names))
    padded = np.pad(DATA["crop"][: walk.size, : walk.size], walk.padding).astype(float)
    assert example.output.shape == (walk.output_size,) * 2
    for row in range(walk.output_size):
        for column in range(walk.output_size):
            rows, columns = (np.array(walk.places(i)) + walk.padding for i in (row, column))
            mean = padded[np.ix_(rows, columns)].mean()
            assert example.output[row, column] == pytest.approx(mean, abs=1e-4)


def test_examples_are_what_they_are_called():
    assert EXAMPLES["no padding"].output.shape == (5, 5)
    for label in ("same size", "dilated, same size", "5 x 5, same size"):
        assert len(EXAMPLES[label].output) == EXAMPLES[label].size
    rest = EXAMPLES["stride that leaves a rest"]
    walk = Walk(rest.size, rest.kernel_size, stride=rest.stride)
    assert max(walk.places(walk.output_size - 1)) == rest.size - 2
