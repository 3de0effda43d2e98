"""Keypoints and descriptors of other tools as features."""

from __future__ import annotations

import numpy as np
import pytest

from featmatch import METHODS, ArgumentError
from featmatch.features.given import features_from_points

POINTS = [[1.5, 2.0], [30.0, 4.25], [7.0, 8.0]]
SIZE = (40, 30)


class Tensor:
    """As another library's: `numpy.asarray` takes it, or it says why not."""

    def __init__(self, values, reason=None):
        self.values, self.reason = np.asarray(values), reason

    def __array__(self, dtype=None, copy=None):
        if self.reason:
            raise self.reason
        return self.values


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_get_unit_length(dtype):
    features = features_from_points(POINTS, dtype([[3, 4], [0, 0], [0, 5]]), SIZE, method="mine")
    np.testing.assert_allclose(features.descriptors, [[0.6, 0.8], [0, 0], [0, 1]], rtol=1e-6)
    np.testing.assert_array_equal(features.keypoints, POINTS)
    assert (features.norm, features.method, features.image_size) == ("l2", "mine", SIZE)
    np.testing.assert_array_equal(
        [features.scores, features.scales, features.angles], [[1] * 3, [1] * 3, [0] * 3]
    )


def test_bytes_are_bits():
    bits = np.uint8([[1, 2], [255, 0], [7, 7]])
    features = features_from_points(POINTS, bits, SIZE, scores=[3, 2, 1], scales=[9.0, 8, 7])
    assert features.norm == "hamming"
    np.testing.assert_array_equal(features.descriptors, bits)
    np.testing.assert_array_equal([features.scores, features.scales], [[3, 2, 1], [9, 8, 7]])


def test_tensors_are_taken():
    features = features_from_points(
        Tensor(POINTS), Tensor(np.eye(3)), SIZE, angles=Tensor([1, 2, 3])
    )
    np.testing.assert_array_equal(features.keypoints, POINTS)
    np.testing.assert_array_equal(features.angles, [1, 2, 3])


@pytest.mark.parametrize("points", [[], np.zeros((0, 2))])
def test_none_found(points):
    features = features_from_points(points, np.zeros((0, 128)), SIZE)
    assert (len(features), features.descriptors.shape) == (0, (0, 128))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"points": [[1, 2, 3]] * 3}, r"points: expected shape \(N, 2\), got \(3, 3\)"),
        ({"points": [[1, 2], [3]]}, r"points: expected an array of numbers, got none"),
        ({"points": [[np.nan, 2]] * 3}, r"points: expected finite numbers, got nan at index"),
        ({"points": [[1e300, 2]] * 3}, r"points: expected finite numbers, got inf"),
        (
            {"points": Tensor(POINTS, RuntimeError("call detach() first"))},
            r"points: expected an array of numbers, got none \(call detach\(\) first\)",
        ),
        (
            {"descriptors": Tensor(POINTS, TypeError("copy it to the host"))},
            r"descriptors: expected an array of numbers, got none \(copy it to the host\)",
        ),
        ({"descriptors": np.eye(2)}, r"descriptors: .* each of 3 points, got \(2, 2\)"),
        ({"descriptors": np.eye(3, dtype=int)}, "descriptors: expected floats or uint8, got int64"),
        ({"descriptors": np.full((3, 2), np.inf)}, "descriptors: expected finite numbers, got inf"),
        ({"descriptors": np.array(["a"] * 3)}, "descriptors: expected real numbers"),
        ({"scores": [1, 2]}, r"scores: expected shape \(3\), got \(2,\)"),
        ({"angles": [1, 2, np.inf]}, "angles: expected finite numbers, got inf"),
        (
            {"points": [[1, 2], [3, 4], [41.5, 2]]},
            r"points: expected \(x, y\) in the image of 40 x",
        ),
        ({"scales": [1, -2, 3]}, "scales: expected numbers of at least 0, got -2"),
        ({"image_size": (True, 5)}, r"image_size: expected .* > 0, got \(True, 5\)"),
        ({"image_size": (0, 5)}, r"image_size: expected \(width, height\) > 0, got \(0, 5\)"),
        ({"image_size": (5, 2.5)}, r"image_size: expected \(width, height\) > 0, got \(5, 2.5\)"),
    ],
)
def test_what_does_not_do_is_told(arguments, message):
    given = {"points": POINTS, "descriptors": np.eye(3), "image_size": SIZE} | arguments
    with pytest.raises(ArgumentError, match=f"^{message}"):
        features_from_points(**given)


def test_they_are_matched_as_our_own():
    """Descriptors of a turned order find their like."""
    rng = np.random.default_rng(0)
    descriptors, order = rng.normal(size=(50, 64)), rng.permutation(50)
    points = rng.uniform(0, 30, (50, 2))
    features0 = features_from_points(points, descriptors, SIZE)
    features1 = features_from_points(points[order], descriptors[order] * 7, SIZE)
    matches = METHODS["sift"].matcher.match(features0, features1)
    np.testing.assert_array_equal(order[matches.indices[:, 1]], matches.indices[:, 0])
    assert len(matches) == 50
