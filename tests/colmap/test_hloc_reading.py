"""Features and matches of hloc are read as it has written them.

They run with the extra ``hloc``: ``pip install -e .[colmap]; pytest tests/colmap``.
"""

from __future__ import annotations

import numpy as np
import pytest
from fake_collection import described, image_entry, renamed, scene

from featmatch import FeaturesReadError
from featmatch.collection.hloc import export_hloc
from featmatch.collection.hloc_files import (
    find_pair,
    open_hloc,
    pairs_in,
    read_features,
    read_matches,
    turned,
)
from featmatch.collection.stored_pixels import from_upright, moved_points

h5py = pytest.importorskip("h5py")

POINTS = np.array([(3, 4), (10, 20), (100.5, 200)], np.float32)
SIDEWAYS = image_entry("a/b.jpg", orientation=6)
UPSIDE_DOWN = image_entry("a/b.jpg", orientation=3)


def write(path, name="a/b.jpg", **arrays):
    with h5py.File(path, "a") as file:
        group = file.create_group(name)
        for key, values in arrays.items():
            group.create_dataset(key, data=values)


def read(path, image):
    with open_hloc(str(path)) as file:
        return read_features(file, image)


@pytest.mark.parametrize("kind", [np.float32, np.float16])  # hloc's as_half
def test_features(tmp_path, kind):
    rows = described(POINTS).descriptors
    arrays = {"keypoints": POINTS, "descriptors": rows.T, "scores": np.array([1, 2, 3.0])}
    half = {name: values.astype(kind) for name, values in arrays.items()}
    write(tmp_path / "f.h5", image_size=(900, 600), **half)
    features = read(tmp_path / "f.h5", image_entry("a/b.jpg"))
    np.testing.assert_array_equal(features.keypoints, POINTS)
    np.testing.assert_allclose(features.descriptors, rows, atol=1e-3)
    np.testing.assert_array_equal(features.scores, (1, 2, 3))
    assert read(tmp_path / "f.h5", image_entry("c.jpg")) is None


@pytest.mark.parametrize(
    ("image", "size", "pixels"),
    [
        (SIDEWAYS, (600, 900), "stored"),
        (SIDEWAYS, (900, 600), "upright"),  # by hloc until 2024
        (UPSIDE_DOWN, (900, 600), "stored"),
        (UPSIDE_DOWN, None, "stored"),
    ],
)
def test_turned_photographs(tmp_path, image, size, pixels):
    size = {} if size is None else {"image_size": size}
    points = moved_points(POINTS, from_upright(image, pixels))
    write(tmp_path / "f.h5", keypoints=points, descriptors=np.ones((8, 3)), **size)
    np.testing.assert_allclose(read(tmp_path / "f.h5", image).keypoints, POINTS)


@pytest.mark.parametrize("pixels", ["stored", "upright"])
def test_what_was_exported_comes_back(tmp_path, pixels):
    collection = renamed(scene((1, 3, 6)))
    export_hloc(collection, tmp_path, pixels=pixels)
    names = [image.name for image in collection.images]
    for image in collection.images:
        features = read(tmp_path / "features.h5", image)
        (written,) = collection.features(image.name)
        np.testing.assert_allclose(features.keypoints, written.keypoints, atol=1e-4)
        np.testing.assert_allclose(features.descriptors, written.descriptors, atol=1e-6)
        np.testing.assert_array_equal(features.scales, written.scales)
    with open_hloc(str(tmp_path / "matches.h5")) as file:
        assert set(pairs_in(file, names)) == set(collection.records)
        for pair, record in collection.records.items():
            place, other_order = find_pair(file, *pair)
            assert not other_order
            assert find_pair(file, *pair[::-1]) == (place, True)
            matches = read_matches(file, place, (400, 400))
            np.testing.assert_array_equal(matches.indices, record.indices[record.inliers])
            np.testing.assert_allclose(matches.ratios, 0.6, rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"image_size": (450, 300)}, "of 450 x 300 pixels, and the photograph has 900 x 600"),
        ({"descriptors": np.ones((8, 2))}, "descriptors: expected shape"),
        ({"keypoints": POINTS + 1000}, r"points: expected \(x, y\) in the image"),
        ({"keypoints": POINTS[:, 0]}, "expected shape"),
        ({"scores": np.ones(2)}, "scores: expected shape"),
    ],
)
def test_features_that_cannot_be_used(tmp_path, arrays, told):
    write(tmp_path / "f.h5", **{"keypoints": POINTS, "descriptors": np.ones((8, 3))} | arrays)
    with pytest.raises(FeaturesReadError, match=told):
        read(tmp_path / "f.h5", image_entry("a/b.jpg"))


def test_no_hdf5(tmp_path):
    (tmp_path / "f.h5").write_bytes(b"text")
    for name in ("f.h5", "missing.h5"):
        with pytest.raises(FeaturesReadError, match="cannot be read as HDF5"):
            read(tmp_path / name, image_entry("a/b.jpg"))


def test_matches_of_old_files(tmp_path):
    write(tmp_path / "m.h5", "a-b.jpg_c.jpg", matches0=np.array([-1, 2, 0], np.int16))
    with open_hloc(str(tmp_path / "m.h5")) as file:
        assert list(pairs_in(file, ["a/b.jpg", "c.jpg", "d.jpg"])) == [("a/b.jpg", "c.jpg")]
        assert find_pair(file, "c.jpg", "d.jpg") == ("", False)
        place, other_order = find_pair(file, "c.jpg", "a/b.jpg")
        assert other_order
        matches = read_matches(file, place, (3, 3))
        assert matches.indices.tolist() == [[1, 2], [2, 0]]
        assert turned(matches).indices.tolist() == [[0, 2], [2, 1]]
        assert matches.ratios.tolist() == [1, 1]  # no scores
        with pytest.raises(FeaturesReadError, match="those of 3 with at least 3"):
            read_matches(file, place, (3, 2))


def test_names_that_the_file_does_not_tell_apart(tmp_path):
    write(tmp_path / "m.h5", "a-b-c.jpg/d.jpg", matches0=[0])
    with (
        open_hloc(str(tmp_path / "m.h5")) as file,
        pytest.raises(FeaturesReadError, match="does not tell all images apart"),
    ):
        list(pairs_in(file, ["a/b-c.jpg", "a-b/c.jpg", "d.jpg"]))


@pytest.mark.parametrize("values", [3, np.zeros((4, 4))])
def test_numbers_where_a_group_is_expected(tmp_path, values):
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["a/b.jpg"] = values
        file["a-b.jpg"] = values
    with pytest.raises(FeaturesReadError, match=r"holds no features of a/b\.jpg that can be used"):
        read(tmp_path / "f.h5", image_entry("a/b.jpg"))
    with (
        open_hloc(str(tmp_path / "f.h5")) as file,
        pytest.raises(FeaturesReadError, match=r"expected a group of matches at a-b\.jpg"),
    ):
        list(pairs_in(file, ["a/b.jpg", "c.jpg"]))
