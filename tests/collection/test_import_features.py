"""Features of another tool get our matching and verdicts."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from fake_collection import write_photographs

import featmatch
from featmatch import FeaturesReadError, import_features
from featmatch.collection.exported import Exported

NOISE, ROOM_0, ROOM_1 = NAMES = ("noise.png", "room_0.jpg", "room_1.jpg")
NUM = 800


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A folder of three photographs, and one with the features of each."""
    place = tmp_path_factory.mktemp("imported")
    assert write_photographs(place / "images") == NAMES
    (place / "features").mkdir()
    for path in (place / "images").iterdir():
        found = featmatch.detect(path, method="sift", max_keypoints=NUM, max_size=600)
        arrays = {"keypoints": found.keypoints, "descriptors": found.descriptors}
        np.savez(place / "features" / f"{path.name}.npz", **arrays)
    return place


def imported(photographs, out, features=None):
    notes = []
    collection = import_features(
        photographs / "images",
        out,
        features or photographs / "features",
        progress=lambda progress: notes.append(progress.note or progress.part),
    )
    return collection, notes


@pytest.fixture
def changed(photographs, tmp_path):
    """A copy of the features, to be changed."""
    return Path(shutil.copytree(photographs / "features", tmp_path / "features"))


def test_they_are_matched_and_judged(photographs, tmp_path):
    collection, _ = imported(photographs, tmp_path / "out")
    assert {pair.names: pair.kind for pair in collection.pairs} == {
        (NOISE, ROOM_0): "none",
        (NOISE, ROOM_1): "none",
        (ROOM_0, ROOM_1): "scene",
    }
    with np.load(photographs / "features" / f"{ROOM_1}.npz") as given:
        np.testing.assert_array_equal(collection.keypoints(ROOM_1), given["keypoints"])
    assert collection.options["features"] == str(photographs / "features")
    record = collection.matches(ROOM_0, ROOM_1)
    assert record.fundamental is not None
    assert collection.export_colmap(tmp_path / "a.db") == Exported(3, 1, 0, num_cameras=2)
    again, notes = imported(photographs, tmp_path / "out")
    assert "what was found of 3 pairs used again" in notes
    assert again.pairs == collection.pairs


def test_only_pairs_of_changed_features_are_matched_again(photographs, changed, tmp_path):
    imported(photographs, tmp_path / "out", changed)
    path = changed / f"{ROOM_0}.npz"
    with np.load(path) as given:
        np.savez(path, **{name: array[:-1] for name, array in given.items()})
    collection, notes = imported(photographs, tmp_path / "out", changed)
    assert "what was found of 1 pair used again" in notes
    assert len(collection.keypoints(ROOM_0)) == NUM - 1


def test_photographs_without_features(photographs, changed, tmp_path):
    (changed / f"{NOISE}.npz").unlink()
    collection, _ = imported(photographs, tmp_path / "out", changed)
    assert [pair.names for pair in collection.pairs] == [(ROOM_0, ROOM_1)]
    (failed,) = collection.failures
    assert (failed.name, failed.reason) == (NOISE, "features has no features of it")
    collection, _ = imported(photographs, tmp_path / "out")
    assert collection.failures == ()


def test_features_of_other_photographs(photographs, tmp_path):
    (tmp_path / "features").mkdir()
    with pytest.raises(FeaturesReadError, match="names have to be those of the photographs"):
        imported(photographs, tmp_path / "out", tmp_path / "features")
    assert not (tmp_path / "out").exists()


def test_a_collection_may_go_on_with_them(photographs, tmp_path):
    """What was found before is kept, and found again when it is asked for."""
    options = {"method": "sift", "max_keypoints": NUM, "max_size": 600}
    before = featmatch.collect(photographs / "images", tmp_path / "out", **options)
    imported(photographs, tmp_path / "out")
    notes = []
    after = featmatch.collect(
        photographs / "images",
        tmp_path / "out",
        **options,
        progress=lambda progress: notes.append(progress.note),
    )
    assert "what was found of 3 pairs used again" in notes
    assert after.pairs == before.pairs


def test_descriptors_of_another_width_are_told_of_their_photograph(photographs, changed, tmp_path):
    with np.load(changed / f"{ROOM_1}.npz") as given:
        narrow = {"keypoints": given["keypoints"], "descriptors": given["descriptors"][:, :64]}
    np.savez(changed / f"{ROOM_1}.npz", **narrow)
    collection, _ = imported(photographs, tmp_path / "out", changed)
    assert [(image.name, image.reason) for image in collection.failures] == [
        (ROOM_1, "its descriptors have 64 columns, and those before it 128")
    ]
