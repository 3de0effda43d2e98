"""Keypoints of any tool are read from NumPy's files."""

from __future__ import annotations

import numpy as np
import pytest
from fake_collection import described, image_entry

from featmatch import FeaturesReadError, save_features
from featmatch.collection.given_files import GivenFeatures

IMAGE = image_entry("a/b.jpg")
POINTS = np.array([(3, 4), (10, 20), (100.5, 200)], np.float32)
ROWS = np.eye(3, 8)


def save(path, **arrays):
    path.parent.mkdir(exist_ok=True)
    np.savez(path, **arrays)


@pytest.mark.parametrize("name", ["a/b.jpg.npz", "a/b.npz"])
def test_a_file_for_each_image(tmp_path, name):
    save(tmp_path / name, keypoints=POINTS, descriptors=ROWS, scores=[1, 2, 3.0])
    given = GivenFeatures(tmp_path)
    features = given.read(IMAGE)
    np.testing.assert_array_equal(features.keypoints, POINTS)
    np.testing.assert_array_equal(features.scores, (1, 2, 3))
    assert features.image_size == IMAGE.size
    assert given.read(image_entry("c.jpg")) is None


def test_a_file_for_all_images(tmp_path):
    save_features(
        [("a/b.jpg", described(POINTS)), ("c.jpg", described(POINTS))], tmp_path / "f.npz"
    )
    given = GivenFeatures(tmp_path / "f.npz")
    np.testing.assert_array_equal(given.read(IMAGE).keypoints, POINTS)
    assert given.read(image_entry("d.jpg")) is None
    with pytest.raises(FeaturesReadError, match="900 x 600 pixels, and the photograph has 90 x 60"):
        given.read(image_entry("c.jpg", size=(90, 60)))


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"points": POINTS}, "expected an array keypoints, got points"),
        ({"keypoints": POINTS}, "expected an array descriptors"),
        ({"keypoints": POINTS, "descriptors": ROWS[:2]}, "descriptors: expected shape"),
        ({"keypoints": POINTS * np.nan, "descriptors": ROWS}, "expected finite numbers"),
    ],
)
def test_what_cannot_be_used(tmp_path, arrays, told):
    save(tmp_path / "a" / "b.npz", **arrays)
    with pytest.raises(FeaturesReadError, match=told):
        GivenFeatures(tmp_path).read(IMAGE)


def test_no_npz(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.npz").write_bytes(b"PK nothing")
    with pytest.raises(FeaturesReadError, match=r"b\.npz: holds no features"):
        GivenFeatures(tmp_path).read(IMAGE)
    with pytest.raises(FeaturesReadError):
        GivenFeatures(tmp_path / "missing.npz")
