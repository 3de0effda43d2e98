"""How fields grow: by the formula, and by what a change of a pixel does."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from featmatch import nn
from featmatch.explaining.receptive_fields import SHARE, receptive_fields
from featmatch.images.image import read_image
from featmatch.learned.network.weights import load_network
from featmatch.report.page.encode import encode

GRAY = cv2.GaussianBlur(np.random.default_rng(6).integers(0, 256, (200, 300), np.uint8), (0, 0), 2)
DATA = receptive_fields(read_image(GRAY)).data
STEPS = DATA["steps"]


def test_each_step_follows_from_the_one_before():
    """Size r + (k - 1) j and jump j s, in the formulas of Dumoulin and Visin and of Araujo."""
    size, jump, center = 1, 1, 0.0
    for step in STEPS:
        size += (step.kernel_size - 1) * jump
        if step.stride > 1:  # without padding: the middle moves
            center += (step.kernel_size - 1) / 2 * jump
        jump *= step.stride
        assert (step.size, step.jump, step.center) == (size, jump, center)
    assert [step.kernel_size for step in STEPS] == [2, 3, 3] + [2, 3, 3] * 3
    assert [step.stride for step in STEPS] == [2, 1, 1] * 4


def test_convolutions_are_measured():
    assert DATA["share"] == SHARE
    for step in STEPS:
        measured = step.kernel_size == 3
        assert (step.heat is not None) == (step.effective_size is not None) == measured
        if measured:
            assert step.heat.shape == (step.size, step.size)
            assert (step.heat.dtype, step.heat.max()) == (np.uint8, 255)
            assert 0 < step.effective_size <= step.size
            total = step.heat.sum(dtype=float)
            side = step.effective_size
            windows = np.lib.stride_tricks.sliding_window_view(step.heat, (side, side))
            assert windows.sum(axis=(2, 3), dtype=float).max() >= (SHARE - 0.03) * total


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_beyond_the_field_matters(seed):
    """A unit of the coarsest map stays when all pixels beyond change; not with the first row."""
    network, step = load_network(), STEPS[-1]
    rng = np.random.default_rng(seed)
    image = rng.normal(size=(1, 176, 176, 1)).astype(np.float32)
    unit = 5
    first = round(step.center + step.jump * unit - (step.size - 1) / 2)
    changed = rng.normal(size=image.shape).astype(np.float32)
    inside = (slice(None), slice(first, first + step.size), slice(first, first + step.size))
    changed[inside] = image[inside]
    with nn.no_grad():
        before, after = (network(pixels)[1][-1].data[0, unit, unit] for pixels in (image, changed))
        changed[0, first] += 30
        touched = network(changed)[1][-1].data[0, unit, unit]
    np.testing.assert_allclose(after, before, atol=1e-4)
    assert np.abs(touched - before).max() > 1e-3


def test_data_stay_small():
    noise = np.random.default_rng(0).integers(0, 256, (480, 640), np.uint8)
    text = json.dumps(encode(receptive_fields(read_image(noise)).data), separators=(",", ":"))
    assert len(text) < 150_000


def test_the_same_picture_gives_the_same_numbers():
    again = receptive_fields(read_image(GRAY)).data["steps"]
    for step, same in zip(STEPS, again, strict=True):
        np.testing.assert_array_equal(step.heat, same.heat)
