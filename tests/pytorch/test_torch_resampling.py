import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch_check import check_against_torch, to_nchw, to_nhwc

from featmatch.nn.resampling import sample_points, upsample

SHAPES = st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8), st.integers(1, 5))


def drawn(shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


@settings(max_examples=40)
@given(SHAPES, st.integers(1, 7))
def test_upsample(shape, factor):
    check_against_torch(
        lambda x: upsample(x, factor),
        lambda x: to_nhwc(
            functional.interpolate(
                to_nchw(x), scale_factor=factor, mode="bilinear", align_corners=False
            )
        ),
        drawn(shape),
    )


def grid_sample(x, points, align_corners):
    """Sample at points given in pixels, which PyTorch wants from -1 to 1."""
    size = torch.tensor([x.shape[2], x.shape[1]])
    # -1 and 1 are the centers of the outermost pixels, or their outer edges
    places = 2 * points / (size - 1) - 1 if align_corners else (2 * points + 1) / size - 1
    options = {"mode": "bilinear", "padding_mode": "border", "align_corners": align_corners}
    y = functional.grid_sample(to_nchw(x), places[:, None].to(x.dtype), **options)
    return y[:, :, 0].permute(0, 2, 1)


@pytest.mark.parametrize("align_corners", [True, False])
@settings(max_examples=40)
@given(SHAPES, st.integers(1, 20), st.integers(0, 99))
def test_sample_points(align_corners, shape, num_points, seed):
    if align_corners:
        shape = (shape[0], shape[1] + 1, shape[2] + 1, shape[3])  # PyTorch has no such grid for 1
    low, high = np.full(2, -2.5), np.array([shape[2], shape[1]]) + 1.5
    points = np.random.default_rng(seed).uniform(low, high, (shape[0], num_points, 2))
    check_against_torch(
        lambda x: sample_points(x, points),
        lambda x: grid_sample(x, torch.tensor(points), align_corners),
        drawn(shape, seed),
    )
