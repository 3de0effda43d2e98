"""The first layer's kernels, as the network applies them, and the ones made by hand."""

from __future__ import annotations

from math import comb

import cv2
import numpy as np
import pytest
from feature_map_cases import NETWORK, photograph, untrained

from featmatch import nn
from featmatch.compare.kernels import SIDE, binomial, classic_kernels, first_kernels
from featmatch.learned.network.layers import layers_of
from featmatch.learned.network.network import normalized


@pytest.mark.parametrize("network", [NETWORK, untrained()], ids=["shipped", "untrained"])
def test_kernels_do_what_the_first_layer_does(network):
    """OpenCV's correlation with a kernel of 6 x 6, at every other pixel, is the first map."""
    gray = normalized(photograph().gray()[:96, :128] / np.float32(255))
    first = layers_of(nn.fold(network), nn.Tensor(gray[None, ..., None]))[0]
    layer = nn.fold(network).blocks[0].layers[0]
    for number, kernel in enumerate(first_kernels(nn.fold(network)).weights):
        assert kernel.shape == (SIDE, SIDE)
        answer = cv2.filter2D(gray, cv2.CV_32F, kernel, anchor=(2, 2))[::2, ::2]
        expected = answer + layer.bias.data[number]
        np.testing.assert_allclose(
            first.before.data[0, 2:-2, 2:-2, number], expected[2:-2, 2:-2], atol=2e-4
        )


@pytest.mark.parametrize("size", range(1, 8))
def test_binomial_coefficients(size):
    assert binomial(size).tolist() == [comb(size - 1, place) for place in range(size)]


def test_classic_kernels_are_those_of_the_books():
    classic = classic_kernels()
    assert len(classic) == 9 + 9 + 6
    for kernel in classic.values():
        assert np.linalg.norm(kernel) == pytest.approx(1, abs=1e-6)
    sums = {name: abs(kernel.sum()) > 1e-5 for name, kernel in classic.items()}
    assert {name for name, differs in sums.items() if differs} == {
        f"Gaussian, {size} px" for size in (2, 4, 6)
    }
    roberts = classic["Sobel diagonal, down right, 2 px"]
    np.testing.assert_allclose(roberts, np.array([[-1, 0], [0, 1]]) / np.sqrt(2), atol=1e-6)
    smooth, slope = (kernel.ravel() for kernel in cv2.getDerivKernels(0, 1, 5))
    wider = np.outer(np.convolve(smooth, [1, 1]), np.convolve(slope, [1, 1]))
    expected = wider / np.linalg.norm(wider)
    np.testing.assert_allclose(classic["Sobel across, 6 px"], expected, atol=1e-6)
    np.testing.assert_allclose(classic["Sobel down, 6 px"], expected.T, atol=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", classic_kernels())
def test_a_classic_kernel_is_nearest_to_itself_wherever_it_lies(name, sign):
    small = classic_kernels()[name]
    room = SIDE - len(small)
    for top, left in {(0, 0), (room, 0), (room // 2, room)}:
        kernel = np.zeros((SIDE, SIDE), np.float32)
        kernel[top : top + len(small), left : left + len(small)] = sign * 3 * small
        found = first_kernels(network_with(kernel)).nearest[0]
        assert found == (name, pytest.approx(sign, abs=1e-5))


def test_an_empty_kernel_is_like_none():
    kernels = first_kernels(network_with(np.zeros((SIDE, SIDE))))
    assert kernels.nearest[0][1] == 0
    assert {kernel.shape for kernel in kernels.classic.values()} == {(SIDE, SIDE)}


def network_with(kernel):
    """A network whose first kernel is this one."""
    network = nn.fold(untrained())
    cells = np.asarray(kernel, np.float32).reshape(3, 2, 3, 2).transpose(0, 2, 1, 3)
    network.blocks[0].layers[0].weight.data[..., 0] = cells.reshape(3, 3, 4)
    return network
