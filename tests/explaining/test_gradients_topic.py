"""Gradients: the small network against SciPy, its gradients against differences."""

from __future__ import annotations

from dataclasses import asdict

import cv2
import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.signal import correlate2d

from featmatch.explaining.gradients import SURROUNDINGS, gradients
from featmatch.explaining.patch_network import PARAMETERS, central_differences
from featmatch.images.image import read_image

NOISE = np.random.default_rng(8).integers(0, 256, (60, 80), np.uint8)
GRAY = cv2.GaussianBlur(NOISE, (0, 0), 1)
DATA = gradients(read_image(GRAY)).data
VALUES, GRADIENTS = asdict(DATA["values"]), asdict(DATA["gradients"])
INPUTS = ("patch", *PARAMETERS)


def loss(inputs):
    convolved = correlate2d(inputs["patch"], inputs["kernel"], "valid") + inputs["bias"]
    prediction = np.sum(np.tanh(convolved) * inputs["weights"]) + inputs["offset"]
    return (prediction - DATA["target"]) ** 2


def test_forward_pass():
    convolved = correlate2d(VALUES["patch"], VALUES["kernel"], "valid") + VALUES["bias"]
    np.testing.assert_allclose(VALUES["convolved"], convolved, atol=1e-12)
    np.testing.assert_allclose(VALUES["activated"], np.tanh(convolved), atol=1e-12)
    prediction = np.sum(np.tanh(convolved) * VALUES["weights"]) + VALUES["offset"]
    assert VALUES["prediction"] == pytest.approx(prediction, abs=1e-12)
    assert VALUES["loss"] == pytest.approx((prediction - DATA["target"]) ** 2, abs=1e-12)


@pytest.mark.parametrize("name", INPUTS)
def test_gradients_are_those_of_small_changes(name):
    value = np.asarray(VALUES[name])

    def changed(flat):
        return loss({**VALUES, name: flat.reshape(value.shape)})

    expected = approx_fprime(value.ravel(), changed, 1e-7)
    np.testing.assert_allclose(np.ravel(GRADIENTS[name]), expected, atol=1e-5)


def test_gradients_of_what_lies_between():
    by_prediction = 2 * (VALUES["prediction"] - DATA["target"])
    assert GRADIENTS["loss"] == 1
    assert GRADIENTS["prediction"] == pytest.approx(by_prediction)
    by_activated = by_prediction * VALUES["weights"]
    np.testing.assert_allclose(GRADIENTS["activated"], by_activated)
    slopes = 1 / np.cosh(VALUES["convolved"]) ** 2
    np.testing.assert_allclose(GRADIENTS["convolved"], by_activated * slopes)


def test_what_is_shown_has_two_decimals():
    for name in INPUTS:
        shown = np.asarray(VALUES[name])
        np.testing.assert_allclose(shown, np.round(shown, 2), atol=1e-15)


def test_the_patch_and_the_pixel_beside_it_are_those_of_the_picture():
    x, y, around = DATA["x"], DATA["y"], DATA["surroundings"]
    assert around.shape == (SURROUNDINGS, SURROUNDINGS)
    brightness = np.round(around / 127.5 - 1, 2)
    np.testing.assert_array_equal(VALUES["patch"], brightness[y : y + 5, x : x + 5])
    assert DATA["target"] == brightness[y + 2, x + 5]


def test_central_differences_agree_with_the_gradients():
    inputs = {
        name: np.reshape(VALUES[name], {5: (1, 5, 5, 1), 3: (3, 3, 1, 1), 1: (1,)}[size])
        for name in INPUTS
        for size in [len(np.atleast_1d(VALUES[name]))]
    }
    found = central_differences(inputs, DATA["target"], 1e-5)
    expected = np.concatenate([np.ravel(GRADIENTS[name]) for name in PARAMETERS])
    assert len(found) == DATA["num_parameters"] == 20
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_errors_fall_with_the_square_of_the_step_and_then_rise():
    errors = DATA["step_errors"]
    log_errors = dict(zip(errors.log_steps, errors.log_errors64, strict=True))
    assert log_errors[-1] - log_errors[-2] == pytest.approx(2, abs=0.1)
    assert log_errors[-2] - log_errors[-3] == pytest.approx(2, abs=0.1)
    best = min(log_errors, key=log_errors.__getitem__)
    assert -7 < best < -4
    assert log_errors[-12] - log_errors[-9] > 1
    single = dict(zip(errors.log_steps, errors.log_errors32, strict=True))
    assert min(value for value in single.values() if value is not None) > log_errors[best] + 3


@pytest.mark.parametrize("shape", [(1, 1), (5, 6), (33, 33), (34, 200)])
def test_small_images(shape):
    data = gradients(read_image(np.full(shape, 90, np.uint8))).data
    assert data["surroundings"].shape == (SURROUNDINGS, SURROUNDINGS)
    assert 0 <= data["x"] <= SURROUNDINGS - 6
    assert 0 <= data["y"] <= SURROUNDINGS - 5
    np.testing.assert_array_equal(data["values"].patch, np.round(90 / 127.5 - 1, 2))
