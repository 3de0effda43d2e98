"""Features and matches of hloc get our matching and our verdicts.

They run with the extra ``hloc``: ``pip install -e .[colmap]; pytest tests/colmap``.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from fake_collection import write_photographs

import featmatch
from featmatch import FeaturesReadError, import_features

h5py = pytest.importorskip("h5py")

NOISE, *ROOM = ("noise.png", "room_0.jpg", "room_1.jpg")


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A collection, and its files of hloc beside it."""
    place = tmp_path_factory.mktemp("collected")
    write_photographs(place / "images")
    options = {"method": "sift", "max_keypoints": 800, "max_size": 600}
    collection = featmatch.collect(place / "images", place / "out", **options)
    collection.export_hloc(place / "hloc")
    return collection


def hloc(collection, name):
    return collection.out.parent / "hloc" / name


def test_features_are_matched_as_they_were(collected, tmp_path):
    found = import_features(collected.folder, tmp_path, hloc(collected, "features.h5"))
    for pair, before in zip(found.pairs, collected.pairs, strict=True):
        assert (pair.names, pair.kind) == (before.names, before.kind)
    first = found.matches(*ROOM)
    np.testing.assert_array_equal(first.indices, collected.matches(*ROOM).indices)


@pytest.mark.parametrize("other_order", [False, True])
def test_matches_are_verified(collected, tmp_path, other_order):
    path = shutil.copy(hloc(collected, "matches.h5"), tmp_path / "matches.h5")
    record = collected.matches(*ROOM)
    given = record.indices[record.inliers]
    if other_order:
        partners = np.full(len(collected.keypoints(ROOM[1])), -1)
        partners[given[:, 1]] = given[:, 0]
        with h5py.File(path, "w") as file:
            file.create_dataset(f"{ROOM[1]}/{ROOM[0]}/matches0", data=partners)
    features = hloc(collected, "features.h5")
    found = import_features(collected.folder, tmp_path / "out", features, matches=path)
    (pair,) = found.pairs
    assert (pair.names, pair.kind) == (tuple(ROOM), "scene")
    indices = found.matches(*ROOM).indices
    assert {*map(tuple, indices.tolist())} == {*map(tuple, given.tolist())}


def test_matches_of_other_features(collected, tmp_path):
    with h5py.File(tmp_path / "matches.h5", "w") as file:
        file.create_dataset(f"{ROOM[0]}/{ROOM[1]}/matches0", data=np.full(9000, -1))
    with pytest.raises(FeaturesReadError, match="expected matches of"):
        import_features(
            collected.folder,
            tmp_path / "out",
            hloc(collected, "features.h5"),
            matches=tmp_path / "matches.h5",
        )


def test_a_file_of_matches_that_is_missing(collected, tmp_path):
    features = hloc(collected, "features.h5")
    with pytest.raises(FeaturesReadError, match=r"missing\.h5: cannot be read"):
        import_features(collected.folder, tmp_path, features, matches=tmp_path / "missing.h5")
