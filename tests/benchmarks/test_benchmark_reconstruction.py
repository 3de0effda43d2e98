"""A collection mapped by COLMAP, beside COLMAP's own SIFT in the same run.

Needs the extra ``colmap`` and folders of photographs with overlap, each of one scene, in the
environment: ``FEATMATCH_COLLECTIONS=photographs/a:photographs/b``.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from paired import Comparison

from featmatch import collect

pycolmap = pytest.importorskip("pycolmap")

FOLDERS = [Path(name) for name in os.environ.get("FEATMATCH_COLLECTIONS", "").split(os.pathsep)]
SAME_PLACE = 1.2  # px: of keypoints of two detectors that are the same one
MOST_SHIFT = 0.05  # px

pytestmark = pytest.mark.skipif(not FOLDERS[0].name, reason="FEATMATCH_COLLECTIONS names none")
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@dataclass(frozen=True)
class Mapped:
    """A database, its largest model, and the CPU seconds that the database took."""

    database: Path
    model: object
    seconds: float

    @property
    def num_images(self):
        return self.model.num_reg_images()

    @property
    def num_observations(self):
        return self.model.compute_num_observations()

    @property
    def track_length(self):
        return self.model.compute_mean_track_length()

    @property
    def error(self):
        return self.model.compute_mean_reprojection_error()


def cpu_seconds():
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def by_colmap(folder, work):
    database = work / "colmap.db"
    pycolmap.extract_features(database, folder)
    pycolmap.match_exhaustive(database)
    return database


def by_featmatch(method):
    def make(folder, work):
        cv2.setNumThreads(2)
        collection = collect(folder, work / "collection", method=method)
        collection.export_colmap(work / "featmatch.db")
        return work / "featmatch.db"

    return make


WAYS = {"colmap": by_colmap} | {name: by_featmatch(name) for name in ("sift", "sift+cnn")}


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """Map a folder in one of the `WAYS`, once."""

    @cache
    def run(folder, way):
        work = tmp_path_factory.mktemp(way)
        begun = cpu_seconds()
        database = WAYS[way](folder, work)
        seconds = cpu_seconds() - begun
        opened = shutil.copy(database, work / "opened.db")
        (work / "models").mkdir()
        options = pycolmap.IncrementalPipelineOptions()
        options.random_seed = 0
        options.min_model_size = 3
        models = pycolmap.incremental_mapping(opened, folder, work / "models", options)
        largest = max(models.values(), key=lambda model: model.num_reg_images())
        return Mapped(database, largest, seconds)

    return run


def compared(name, ours, peer, bound, unit):
    return Comparison(name, ours, peer, ours / peer, bound, unit)


@every_folder
@pytest.mark.parametrize("way", ["sift", "sift+cnn"])
def test_all_images_are_in_the_largest_model(mapped, folder, way):
    assert mapped(folder, way).num_images == len(list(folder.iterdir()))


@every_folder
def test_observations(mapped, folder, hold):
    """Bounds are of what ours may be larger, so that the peer's number is ours here."""
    peer, ours = mapped(folder, "colmap"), mapped(folder, "sift+cnn")
    name = f"{folder.name}: observations of COLMAP's SIFT / of sift+cnn"
    hold(compared(name, peer.num_observations, ours.num_observations, 1 / 1.4, ""))
    name = f"{folder.name}: track length of COLMAP's SIFT / of sift+cnn"
    hold(compared(name, peer.track_length, ours.track_length, 1 / 0.95, ""))


@every_folder
@pytest.mark.parametrize(("way", "bound"), [("sift", 1.03), ("sift+cnn", 1.08)])
def test_reprojection_error(mapped, folder, way, bound, hold):
    peer, ours = mapped(folder, "colmap"), mapped(folder, way)
    name = f"{folder.name}: reprojection error, {way} / COLMAP's SIFT"
    hold(compared(name, ours.error, peer.error, bound, "px"))


@every_folder
def test_cpu_seconds(mapped, folder, hold):
    peer, ours = mapped(folder, "colmap"), mapped(folder, "sift")
    name = f"{folder.name}: CPU to the database, sift / COLMAP's SIFT"
    hold(compared(name, ours.seconds, peer.seconds, 1.1, "s"))


@every_folder
def test_keypoints_lie_where_those_of_colmap_lie(mapped, folder):
    """An error of half a pixel would show here, and not in a model, whose poses absorb it."""
    ours, peer = (_keypoints(mapped(folder, way).database) for way in ("sift", "colmap"))
    shifts = []
    for name, points in ours.items():
        found = cv2.BFMatcher().match(points, peer[name])
        pairs = [(one.queryIdx, one.trainIdx) for one in found if one.distance < SAME_PLACE]
        rows, others = np.array(pairs).T
        shifts.append(points[rows] - peer[name][others])
    assert abs(np.median(np.concatenate(shifts), axis=0)).max() < MOST_SHIFT


def _keypoints(database):
    """By the names of the images; opening a database changes it."""
    copy = shutil.copy(database, database.with_suffix(".keypoints"))
    with pycolmap.Database.open(copy) as opened:
        return {
            image.name: np.float32(opened.read_keypoints(image.image_id))[:, :2]
            for image in opened.read_all_images()
        }
