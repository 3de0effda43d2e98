"""Collections whose geometry is known: cameras around points in space, and views of a plane."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np

from featmatch.collection.records import ImageEntry, PairRecord, PairSummary

SIZE = (800, 600)
FOCAL_LENGTH = 900.0
CAMERA = np.array([[FOCAL_LENGTH, 0, 399.5], [0, FOCAL_LENGTH, 299.5], [0, 0, 1]])


@dataclass
class MadeCollection:
    """What `CollectionContents` asks for, from values that a test gives."""

    images: list[ImageEntry] = field(default_factory=list)
    records: dict[tuple[str, str], PairRecord] = field(default_factory=dict)
    points: dict[str, np.ndarray] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)

    @property
    def pairs(self):
        return [record.summary for record in self.records.values()]

    def features(self, name):
        raise NotImplementedError

    def keypoints(self, name):
        return self.points[name]

    def matches(self, name0, name1):
        return self.records[name0, name1]


def entry(name, status="read", **changes):
    return replace(ImageEntry(name, status, 1000, 1, "0", SIZE, focal_length=900.0), **changes)


def found(name0, name1, inliers=50, kind="scene", model="fundamental", **changes):
    made = PairSummary(name0, name1, "key", kind, 0.99, 0.9, -50.0, model, inliers + 9, inliers)
    return replace(made, **changes)


def record(names, indices, **changes):
    num = len(indices)
    model = "homography" if changes.get("homography") is not None else "fundamental"
    ones = np.ones(num, np.float32)
    summary = found(names[0], names[1], num, model=model, num_matches=num)
    return PairRecord(summary, np.asarray(indices), ones, ones, ones > 0, **changes)


def around(num_images, wrong=(), num_points=120, noise=0.5, seed=0):
    """Cameras on an arc around points in space; all pairs match.

    Pairs in `wrong` match a twin of what the second camera sees, from elsewhere: each pair looks
    right by itself, as where something repeats.
    """
    rng = np.random.default_rng(seed)
    space = rng.uniform(-1, 1, (num_points, 3))
    poses = [pose(0.2 * number) for number in range(num_images)]
    twins = [pose(0.2 * number + 1.2) for number in range(num_images)]
    names = [f"{number}.jpg" for number in range(num_images)]
    points = {}
    for name, own, twin in zip(names, poses, twins, strict=True):
        seen = np.concatenate([seen_by(own, space), seen_by(twin, space)])
        points[name] = (seen + rng.normal(0, noise, seen.shape)).astype(np.float32)
    records = {}
    for first, second in combinations(range(num_images), 2):
        names2 = names[first], names[second]
        is_wrong = (first, second) in wrong
        other = twins[second] if is_wrong else poses[second]
        indices = np.arange(num_points)[:, None] + [0, num_points * is_wrong]
        records[names2] = record(names2, indices, fundamental=fundamental(poses[first], other))
    return MadeCollection([entry(name) for name in names], records, points)


def of_a_plane(num_images, wrong=(), num_points=120, noise=0.5, seed=0):
    """Views of a plane, each shifted and turned a little; all pairs match.

    Pairs in `wrong` are shifted by a quarter of the image, as where a pattern repeats.
    """
    rng = np.random.default_rng(seed)
    plane = rng.uniform((0, 0), SIZE, (num_points, 2))
    shift = np.array([[1, 0, 200], [0, 1, 0], [0, 0, 1.0]])
    names = [f"{number}.jpg" for number in range(num_images)]
    views = [view(number) for number in range(num_images)]
    points = {}
    for name, mapping in zip(names, views, strict=True):
        seen = np.concatenate([mapped(mapping, plane), mapped(shift @ mapping, plane)])
        points[name] = (seen + rng.normal(0, noise, seen.shape)).astype(np.float32)
    records = {}
    for first, second in combinations(range(num_images), 2):
        pair = names[first], names[second]
        is_wrong = (first, second) in wrong
        mapping = views[second] @ np.linalg.inv(views[first])
        indices = np.arange(num_points)[:, None] + [0, num_points * is_wrong]
        homography = shift @ mapping if is_wrong else mapping
        records[pair] = record(pair, indices, homography=homography)
    return MadeCollection([entry(name) for name in names], records, points)


def pose(angle):
    """A camera 6 units from the origin, turned around it by an angle."""
    rotation, _ = cv2.Rodrigues(np.array([0.1 * angle, angle, 0.0]))
    return rotation, np.array([0, 0, 6.0])


def seen_by(camera, space):
    rotation, translation = camera
    seen = (space @ rotation.T + translation) @ CAMERA.T
    return seen[:, :2] / seen[:, 2:]


def fundamental(camera0, camera1):
    rotation = camera1[0] @ camera0[0].T
    x, y, z = camera1[1] - rotation @ camera0[1]
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ rotation
    return np.linalg.inv(CAMERA).T @ essential @ np.linalg.inv(CAMERA)


def view(number):
    """A homography that turns, shifts and foreshortens a little."""
    angle = 0.1 * number
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array(
        [[cosine, -sine, 30 * number], [sine, cosine, -20 * number], [1e-5 * number, 0, 1]]
    )


def mapped(homography, points):
    return cv2.perspectiveTransform(points[None].astype(np.float64), homography)[0]
