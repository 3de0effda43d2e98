"""The gradient must be there up to the ends of the receptive field, and not beyond."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from example_networks import (
    FeaturesS,
    Function,
    InDouble,
    depth_to_space,
    randomize,
    space_to_depth,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from featmatch.nn.activations import leaky_relu
from featmatch.nn.arithmetic import concatenate
from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.inspection.effective_receptive_field import effective_receptive_field
from featmatch.nn.inspection.receptive_field import receptive_fields
from featmatch.nn.inspection.trace import trace
from featmatch.nn.kernels import algorithms
from featmatch.nn.pooling import avg_pool2d, max_pool2d
from featmatch.nn.resampling import upsample
from featmatch.nn.tensor import Tensor
from featmatch.nn.window import TransposedWindow


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def weights(draw, kh, kw):
    seed = draw(st.integers(0, 999))
    return np.random.default_rng(seed).uniform(0.5, 1, (kh, kw, 1, 1))


@st.composite
def convolutions(draw):
    kernel = weights(draw, draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    stride, dilation = draw(pair), draw(pair)
    if stride == (1, 1) and draw(st.booleans()):
        return lambda x: conv2d(x, kernel, None, 1, "same", dilation)
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    return lambda x: conv2d(x, kernel, None, stride, padding, dilation)


@st.composite
def transposed_convolutions(draw):
    stride = draw(st.integers(1, 3))
    kernel = weights(draw, draw(st.integers(stride, 4)), draw(st.integers(stride, 4)))
    padding, dilation = draw(st.integers(0, 1)), draw(st.integers(1, 2)) if stride == 1 else 1
    added = draw(st.integers(0, max(stride, dilation) - 1))
    window = TransposedWindow(stride, padding, added, dilation)
    return lambda x: conv_transpose2d(x, kernel, None, window)


@st.composite
def poolings(draw):
    size = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride = draw(st.integers(1, 3))
    return lambda x: avg_pool2d(x, size, stride, (size[0] // 2, size[1] // 2))


@st.composite
def shuffles(draw):
    factor, size = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    into, out_of = (np.full((size, size, *ends), 0.5) for ends in ((1, factor**2), (factor**2, 1)))

    def fold(x):
        height, width = (side // factor * factor for side in x.shape[1:3])
        return conv2d(space_to_depth(x[:, :height, :width], factor), out_of, padding="same")

    return draw(st.sampled_from([fold, lambda x: depth_to_space(conv2d(x, into), factor)]))


@st.composite
def others(draw):
    factor, start, step = draw(st.integers(2, 3)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
    functions = [
        lambda x: upsample(x, factor),
        lambda x: x[:, start::step, : -1 - start],
        lambda x: leaky_relu(x, 0.1) * 2 + 1,
    ]
    return draw(st.sampled_from(functions))


@st.composite
def branches(draw):
    fine, coarse = (
        weights(draw, draw(st.integers(1, 5)), draw(st.integers(1, 5))) for _ in range(2)
    )
    dilation = draw(st.integers(1, 3))

    def run(x):
        below = upsample(conv2d(avg_pool2d(x, 2), coarse, padding="same"), 2)
        beside = conv2d(x, fine, None, 1, "same", dilation)
        beside = beside[:, : below.shape[1], : below.shape[2]]
        return concatenate([beside, beside + below]).sum(axis=-1, keepdims=True)

    return run


@st.composite
def chains(draw):
    kinds = (
        *(convolutions(), transposed_convolutions(), poolings()),
        *(shuffles(), others(), branches()),
    )
    layers = draw(st.lists(st.one_of(*kinds), min_size=1, max_size=4))

    def run(x):
        for layer in layers:
            x = layer(x)
            assume(min(x.shape[1:3]) > 12 and x.data.size < 10**6)
        return x

    return run


shares = st.tuples(st.floats(0.4, 0.6), st.floats(0.4, 0.6))


def place(function, shape, share):
    """A unit at a share of height and width, and its interval, if that stays off the borders."""
    graph = trace(Function(function), shape)
    *_, field = receptive_fields(graph).values()
    _, height, width, _ = graph.operations[-1].shape
    unit = int(share[0] * height), int(share[1] * width)
    (top, left), (bottom, right) = interval = field.interval(unit)
    assume(top <= bottom < shape[1] - 25)
    assume(left <= right < shape[2] - 25)
    assume(min(top, left) >= 25)
    return unit, interval


def box(magnitude):
    """First and last pixel with a gradient; fast convolutions leave rounding errors elsewhere."""
    found = magnitude > 1e-13 * magnitude.max()
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    return (rows[0], columns[0]), (rows[-1], columns[-1])


SHAPE = (1, 100, 112, 1)


@settings(max_examples=40)
@given(chains(), shares)
def test_the_gradient_reaches_as_far_as_the_formula_says(function, share):
    unit, interval = place(function, SHAPE, share)
    effective = effective_receptive_field(InDouble(function), SHAPE, unit)
    assert box(effective.magnitude) == interval


@settings(max_examples=20)
@given(chains(), shares)
def test_pixels_outside_do_not_change_a_bit(function, share):
    unit, ((top, left), (bottom, right)) = place(function, SHAPE, share)
    rng = np.random.default_rng(0)
    x, changed = (rng.uniform(0.5, 1, SHAPE) for _ in range(2))
    field = slice(None), slice(top, bottom + 1), slice(left, right + 1)
    changed[field] = x[field]
    with patch.object(algorithms, "choose", return_value=algorithms.IM2COL):
        # other algorithms mix neighboring units, whose parts cancel but for rounding
        before, after = (function(Tensor(image)).data[(0, *unit)] for image in (x, changed))
        assert before == after
        changed[0, top] += 1
        assert function(Tensor(changed)).data[(0, *unit)] != before


@settings(max_examples=20)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(2, 3), shares)
def test_any_pixel_of_a_max_pooling_may_win(size, stride, factor, share):
    kernel = np.full((2, 3, 1, 1), 0.5)

    def function(x):
        pooled = max_pool2d(conv2d(x, kernel), size, stride, size // 2)
        return conv2d(upsample(pooled, factor), kernel, padding="same")

    shape = (60, 70, 70, 1)
    unit, interval = place(function, (1, *shape[1:]), share)
    assert box(effective_receptive_field(InDouble(function), shape, unit).magnitude) == interval


@pytest.mark.parametrize(
    ("name", "unit", "size"),
    [
        ("a.layers.3", (40, 41), (10, 10)),
        ("kc", (10, 11), (64, 64)),
        ("upsample_2", (40, 41), (72, 80)),
        ("upsample_2", (42, 43), (80, 72)),
        ("k2", (40, 41), (80, 80)),
    ],
)
def test_a_pyramid_sees_what_the_formula_says(rng, name, unit, size):
    network = randomize(FeaturesS(rng)).astype(np.float64)
    shape = (1, 176, 192, 1)
    interval = receptive_fields(trace(network, shape))[name].interval(unit)
    (top, left), (bottom, right) = interval
    assert (bottom - top + 1, right - left + 1) == size
    effective = effective_receptive_field(network, shape, unit, operation=name)
    assert box(effective.magnitude) == interval
