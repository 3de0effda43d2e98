"""1 x 1 convolutions: matrix products at every pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from featmatch.explaining.channels import channels
from featmatch.images.image import read_image
from featmatch.learned.network.weights import load_network

COLOR = np.random.default_rng(8).integers(0, 256, (64, 96, 3), dtype=np.uint8)
DATA = channels(read_image(COLOR)).data
MIXINGS = {mixing.name: mixing for mixing in DATA["mixings"]}


@pytest.mark.parametrize("mixing", MIXINGS.values(), ids=MIXINGS)
def test_outputs_are_matrix_products_of_pixels(mixing):
    expected = np.einsum("yxi,io->yxo", mixing.inputs, mixing.weights) + mixing.bias
    np.testing.assert_allclose(mixing.outputs, expected, atol=1e-4)
    assert mixing.inputs.shape == (12, 12, len(mixing.input_names))
    assert mixing.outputs.shape == (12, 12, len(mixing.output_names))


@pytest.mark.parametrize("name", ["gray", "opponent"])
def test_colors_are_those_of_the_framed_pixels(name):
    mixing = MIXINGS[name]
    x, y, side = mixing.x, mixing.y, mixing.side
    np.testing.assert_array_equal(mixing.inputs, COLOR[y : y + side, x : x + side])


def test_gray_is_that_of_opencv():
    mixing = MIXINGS["gray"]
    gray = cv2.cvtColor(mixing.inputs.astype(np.uint8), cv2.COLOR_RGB2GRAY)
    assert np.abs(mixing.outputs[..., 0] - gray).max() <= 0.6


def test_opponent_colors_of_gray_pixels_are_zero():
    gray = channels(read_image(COLOR[..., 0])).data["mixings"][1]
    np.testing.assert_allclose(gray.outputs[..., 0], gray.inputs[..., 0], atol=0.03)
    np.testing.assert_allclose(gray.outputs[..., 1:], 0, atol=1e-9)


def test_the_layer_is_one_of_the_network():
    layer = load_network().score_laterals[1]
    mixing = MIXINGS["network"]
    np.testing.assert_allclose(mixing.weights, layer.weight.data[0, 0], atol=1e-4)
    assert mixing.side == 48
    assert mixing.x % 4 == mixing.y % 4 == 0
    assert mixing.inputs.std() > 0
    assert mixing.y + mixing.side <= 64
    assert mixing.x + mixing.side <= 96


def test_the_frame_follows_the_size_of_the_picture():
    large = np.zeros((512, 640), np.uint8)
    cv2.rectangle(large, (400, 300), (420, 330), 255, -1)
    data = channels(read_image(large)).data
    frame = data["mixings"][2]
    assert data["picture"].shape == (205, 256, 3)
    assert frame.side == pytest.approx(48 * 256 / 640)
    assert frame.x <= 400 * 256 / 640 <= frame.x + frame.side
    assert frame.y <= 330 * 256 / 640 <= frame.y + frame.side + 1
