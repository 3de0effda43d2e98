"""A collection in memory, of cameras that see known points in space: what outputs are tested on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from featmatch.collection.records import ImageEntry, PairRecord, PairSummary
from featmatch.types import Features

SAMPLES = Path(__file__).parents[2] / "samples"
SIZE = (900, 600)
FOCAL_LENGTH = 800.0
CAMERA = np.array([(FOCAL_LENGTH, 0, 449.5), (0, FOCAL_LENGTH, 299.5), (0, 0, 1)])
WRONG = 5  # of the matches of each pair


@dataclass
class FakeCollection:
    """What `CollectionContents` asks for."""

    images: list[ImageEntry]
    kinds: dict[str, tuple[Features, ...]]
    records: dict[tuple[str, str], PairRecord]
    folder: Path = field(default_factory=Path)

    @property
    def pairs(self):
        return [record.summary for record in self.records.values()]

    def features(self, name):
        return self.kinds[name]

    def keypoints(self, name):
        return np.concatenate([kind.keypoints for kind in self.kinds[name]])

    def num_keypoints(self, name):
        return tuple(map(len, self.kinds[name]))

    def matches(self, name0, name1):
        return self.records[name0, name1]


def image_entry(name, **changes):
    return replace(ImageEntry(name, "read", 1000, 1, "0", size=SIZE), **changes)


def described(points, seed=0, size=SIZE, method="sift"):
    """Features at points, with descriptors that say nothing."""
    rows = np.random.default_rng(seed).normal(size=(len(points), 8)).astype(np.float32)
    ones = np.ones(len(points), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Features(points, rows, ones, ones * 3, ones * 0, size, method)


def summary(names, *, num_matches=0, num_inliers=0, kind="scene", model="fundamental"):
    name0, name1 = names
    return PairSummary(
        name0, name1, f"key of {names}", kind, 0.99, 0.9, -50.0, model, num_matches, num_inliers
    )


def rotation(axis):
    """Rodrigues' formula."""
    angle = np.linalg.norm(axis)
    x, y, z = np.asarray(axis) / max(angle, 1e-12)
    cross = np.array([(0, -z, y), (z, 0, -x), (-y, x, 0)])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def poses(num_images):
    """Cameras on an arc around the points."""
    for number in range(num_images):
        along = number / max(num_images - 1, 1) - 0.5
        turned = rotation((0.1 * along, 0.6 * along, 0.1 * along))
        yield turned, np.array([0, 0.4 * along, 8.0])


def scene(orientations=(1, 1, 1, 1), num_points=400, two_kinds=False):
    """A collection of photographs, upright in `SIZE`, that were stored with these orientations.

    Each sees all points, in an order of its own; each pair has `WRONG` matches that are wrong.
    """
    rng = np.random.default_rng(7)
    points = rng.uniform((-2, -1.4, -2), (2, 1.4, 2), (num_points, 3))
    cameras = list(poses(len(orientations)))
    names = [f"view {number}.jpg" for number in range(len(cameras))]
    orders = [rng.permutation(num_points) for _ in cameras]
    kinds, records = {}, {}
    for name, (turned, shift), order in zip(names, cameras, orders, strict=True):
        seen = (points[order] @ turned.T + shift) @ CAMERA.T
        keypoints = (seen[:, :2] / seen[:, 2:]).astype(np.float32)
        parts = np.split(keypoints, [num_points // 2]) if two_kinds else [keypoints]
        kinds[name] = tuple(described(part) for part in parts)
    for first in range(len(cameras)):
        for second in range(first + 1, len(cameras)):
            pair = names[first], names[second]
            records[pair] = _record(
                pair,
                (np.argsort(orders[first]), np.argsort(orders[second])),
                _fundamental(*cameras[first], *cameras[second]),
            )
    images = [
        image_entry(name, orientation=orientation, focal_length=FOCAL_LENGTH, camera="Maker Model")
        for name, orientation in zip(names, orientations, strict=True)
    ]
    return FakeCollection(images, kinds, records)


def renamed(collection, name_of=lambda name: name.replace(" ", "_")):
    """The same under other names: hloc takes no blanks in them."""
    records = {}
    for names, record in collection.records.items():
        pair = tuple(map(name_of, names))
        new = replace(record.summary, name0=pair[0], name1=pair[1])
        records[pair] = replace(record, summary=new)
    images = [replace(image, name=name_of(image.name)) for image in collection.images]
    kinds = {name_of(name): kinds for name, kinds in collection.kinds.items()}
    return FakeCollection(images, kinds, records)


def _fundamental(rotation0, shift0, rotation1, shift1):
    turned = rotation1 @ rotation0.T
    x, y, z = shift1 - turned @ shift0
    inverse = np.linalg.inv(CAMERA)
    return inverse.T @ np.array([(0, -z, y), (z, 0, -x), (-y, x, 0)]) @ turned @ inverse


def _record(names, places, fundamental):
    indices = np.stack(places, axis=1)
    indices[:WRONG, 1] = np.roll(indices[:WRONG, 1], 1)
    num = len(indices)
    inliers = np.arange(num) >= WRONG
    return PairRecord(
        summary(names, num_matches=num, num_inliers=num - WRONG),
        indices[np.argsort(indices[:, 0])],
        np.full(num, 0.5, np.float32),
        np.full(num, 0.6, np.float32),
        inliers[np.argsort(indices[:, 0])],
        fundamental,
    )


def write_photographs(folder):
    """Two photographs of one room, and one of nothing, in a new folder; their names."""
    folder.mkdir()
    for name in ("room_0.jpg", "room_1.jpg"):
        shutil.copy(SAMPLES / name, folder)
    noise = np.random.default_rng(0).integers(0, 256, (450, 600, 3), np.uint8)
    assert cv2.imwrite(str(folder / "noise.png"), cv2.GaussianBlur(noise, (0, 0), 2))
    return ("noise.png", "room_0.jpg", "room_1.jpg")
