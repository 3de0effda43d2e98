"""The files of hloc, as its own functions read them.

They run with the extra ``hloc``: ``pip install -e .[colmap]; pytest tests/colmap``.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from fake_collection import FakeCollection, described, image_entry, renamed, scene, summary

from featmatch import ArgumentError, OutputError
from featmatch.collection.exported import Exported
from featmatch.collection.hloc import export_hloc
from featmatch.collection.records import PairRecord
from featmatch.collection.stored_pixels import from_upright, moved_points

h5py = pytest.importorskip("h5py")


def names_in(file):
    """As hloc lists the images of a file: what has a dataset in it."""
    found = set()
    file.visititems(
        lambda _, item: found.add(item.parent.name.strip("/")) if hasattr(item, "shape") else None
    )
    return found


def read_matches(path, name0, name1):
    """As hloc reads the matches of a pair that was written in this order."""
    with h5py.File(path) as file:
        group = file["/".join((name0.replace("/", "-"), name1.replace("/", "-")))]
        matches, scores = group["matches0"][()], group["matching_scores0"][()]
    rows = np.where(matches != -1)[0]
    return np.stack([rows, matches[rows]], axis=1), scores[rows]


@pytest.mark.parametrize("orientations", [(1, 1, 1), (1, 6, 3)])
def test_features_and_matches(tmp_path, orientations):
    collection = renamed(scene(orientations), lambda name: f"a/{name[5:]}")
    written = export_hloc(collection, tmp_path / "hloc")
    assert written == Exported(3, 3, 0)
    assert {path.name for path in (tmp_path / "hloc").iterdir()} == {
        *("features.h5", "matches.h5", "pairs.txt")
    }
    names = [image.name for image in collection.images]
    with h5py.File(tmp_path / "hloc" / "features.h5") as file:
        assert names_in(file) == set(names)
        for image in collection.images:
            group = file[image.name]
            (features,) = collection.features(image.name)
            stored = moved_points(features.keypoints, from_upright(image, "stored"))
            np.testing.assert_array_equal(group["keypoints"][()], stored)
            assert group["keypoints"].attrs["uncertainty"] == 1
            np.testing.assert_array_equal(group["descriptors"][()], features.descriptors.T)
            np.testing.assert_array_equal(group["scores"][()], features.scores)
            expected = (600, 900) if image.orientation == 6 else (900, 600)
            assert tuple(group["image_size"][()]) == expected
    lines = (tmp_path / "hloc" / "pairs.txt").read_text().splitlines()
    assert [tuple(line.split()) for line in lines] == list(collection.records)
    for pair, record in collection.records.items():
        indices, scores = read_matches(tmp_path / "hloc" / "matches.h5", *pair)
        np.testing.assert_array_equal(indices, record.indices[record.inliers])
        np.testing.assert_allclose(scores, 0.4, rtol=1e-6)


def test_of_two_kinds_no_descriptors_are_written(tmp_path):
    collection = renamed(scene(two_kinds=True))
    export_hloc(collection, tmp_path)
    name = collection.images[0].name
    with h5py.File(tmp_path / "features.h5") as file:
        assert set(file[name]) == {"keypoints", "scores", "scales", "image_size"}
        np.testing.assert_array_equal(file[name]["keypoints"][()], collection.keypoints(name))


def test_of_two_matches_of_a_keypoint_the_better_one_is_written(tmp_path):
    points = np.arange(12, dtype=np.float32).reshape(6, 2)
    names = "a.jpg", "b.jpg"
    record = PairRecord(
        summary(names),
        np.array([(2, 1), (2, 4), (3, 0)]),
        np.zeros(3, np.float32),
        np.array([0.2, 0.8, 0.5], np.float32),
        np.ones(3, bool),
    )
    kinds = {name: (described(points),) for name in names}
    images = [image_entry(name) for name in names]
    export_hloc(FakeCollection(images, kinds, {names: record}), tmp_path)
    indices, scores = read_matches(tmp_path / "matches.h5", *names)
    assert indices.tolist() == [[2, 1], [3, 0]]
    np.testing.assert_allclose(scores, (0.8, 0.5))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("a b.jpg", "c.jpg"), "a b.jpg: hloc splits its list of pairs at blanks"),
        (("a/b-c.jpg", "a-b/c.jpg"), "a-b/c.jpg: hloc cannot tell it from a/b-c.jpg"),
    ],
)
def test_names_that_hloc_takes_for_others(tmp_path, names, told):
    images = [image_entry(name) for name in names]
    with pytest.raises(ArgumentError, match=told):
        export_hloc(FakeCollection(images, {}, {}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    collection = renamed(scene())
    monkeypatch.setattr(collection, "matches", lambda *names: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_hloc(collection, tmp_path / "hloc")
    assert not list(tmp_path.iterdir())
    (tmp_path / "hloc").write_text("mine")
    with pytest.raises(OutputError, match="is a file; give the name of a folder"):
        export_hloc(renamed(scene()), tmp_path / "hloc")


FULL_DISK = """
import resource, sys
from fake_collection import renamed, scene
from featmatch import OutputError
from featmatch.collection.hloc import export_hloc

resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))  # bytes: the disk takes no more of a file
try:
    export_hloc(renamed(scene(), lambda name: f"a/{name[5:]}"), sys.argv[1])
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="files have no limits there")
def test_a_full_disk_is_told_in_a_sentence(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "hloc"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "cannot be written (file too large); choose another place" in ended.stdout
    assert not (tmp_path / "hloc").exists()
