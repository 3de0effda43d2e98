"""Pictures of which it is known where every point lies, as results and as what pages show."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from drawn_pictures import make_features

from featmatch.geometry.evidence import Evidence
from featmatch.geometry.outlines import image_border
from featmatch.images.image import Image, read_image
from featmatch.report.touch.pair import Lattice, PicturePair, Relation, Touched
from featmatch.result import MatchResult
from featmatch.types import Kind, Matches, TwoViewGeometry, Verdict

SIZE = (400, 300)
TURNED = np.array([[1.2, -0.3, 20.0], [0.3, 1.2, -60.0], [2e-4, 1e-4, 1.0]])
SIDEWAYS = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # y1 = y0


def blobs(size: tuple[int, int] = SIZE, seed: int = 0) -> np.ndarray:
    """Smooth spots of color, which look the same wherever they are sampled."""
    width, height = size
    small = np.random.default_rng(seed).integers(20, 236, (height // 12, width // 12, 3), np.uint8)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def named(pixels: np.ndarray, name: str) -> Image:
    return replace(read_image(pixels), name=name)


def moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def spread_points() -> np.ndarray:
    """Twenty points in rows, the last four of which are to be matched wrongly."""
    x, y = np.meshgrid([60.0, 130, 200, 270, 340], [60.0, 130, 200, 270])
    return np.column_stack([x.ravel(), y.ravel()])


def known_result(
    kind: Kind = "homography", names: tuple[str, str] = ("a.png", "b.png")
) -> MatchResult:
    """Twenty matches: sixteen agree with a map or with lines along rows, or none does."""
    matrix = {"homography": TURNED, "fundamental": SIDEWAYS}.get(kind)
    pixels0, points0 = blobs(), spread_points()
    pixels1 = cv2.warpPerspective(pixels0, TURNED, SIZE, flags=cv2.INTER_LINEAR)
    points1 = moved(TURNED, points0) if kind == "homography" else points0 + np.array([15, 0])
    points1[16:] = points1[16:][::-1] + np.array([0, -40])
    inliers = np.arange(20) < (0 if kind == "none" else 16)
    images = named(pixels0, names[0]), named(np.asarray(pixels1), names[1])
    geometry = TwoViewGeometry(
        kind, matrix, inliers, np.where(inliers, np.arange(20) / 10, np.inf), max_error=3.0
    )
    return MatchResult(
        image0=images[0],
        image1=images[1],
        features0=make_features(images[0], points0),
        features1=make_features(images[1], points1),
        matches=Matches(
            np.stack([np.arange(20)] * 2, axis=1).astype(np.int64),
            np.linspace(0.2, 0.4, 20, dtype=np.float32),
            np.linspace(0.8, 0.4, 20, dtype=np.float32),
        ),
        geometry=geometry,
        verdict=Verdict("none" if kind == "none" else "scene", 0.99, -20.0, "for a known reason"),
        method="orb",
        seed=0,
        seconds={"read": 0.1},
        models={} if kind == "none" else {kind: Evidence(geometry, -20.0)},
    )


def relation(label: str = "it", **changes) -> Relation:
    """A relation with four matches that agree."""
    points = np.array([[100.0, 100], [300, 100], [300, 200], [100, 200]])
    fields = {
        "points0": points,
        "points1": moved(TURNED, points),
        "inliers": np.ones(4, bool),
        "homography": TURNED,
    }
    return Relation(label, **{**fields, **changes})


def bent_relation() -> Relation:
    """A map that no matrix tells: a wave along x moves points along y."""

    def wave(points: np.ndarray) -> np.ndarray:
        return np.column_stack([0 * points[:, 0], 8 * np.sin(points[:, 0] / 60)])

    lattice = Lattice.of(lambda p: p + wave(p), lambda p: p - wave(p), SIZE, SIZE)
    points0 = relation().points0
    return relation(homography=None, lattice=lattice, points1=points0 + wave(points0))


def touched(*pairs: PicturePair, title: str = "Known") -> Touched:
    return Touched(title, "In a sentence.", {"fact": "known"}, (), pairs)


def placed_pair(num: int, image0: Image, seed: int = 1) -> PicturePair:
    """An object that lies `num` times beside each other in a scene, half as large."""
    relations = []
    for index in range(num):
        matrix = np.array([[0.4, 0, 10.0 + 190 * index], [0, 0.4, 30.0], [0, 0, 1]])
        corners = moved(matrix, image_border(SIZE))
        points1 = moved(matrix, relation().points0)
        label = f"place {index + 1}"
        relations.append(relation(label, homography=matrix, points1=points1, outline1=corners))
    return PicturePair(image0, named(blobs(seed=seed), f"scene {seed}.png"), tuple(relations))


def data_of(page: bytes) -> dict[str, Any]:
    """What a page was made from."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.decode())
    data: dict[str, Any] = json.loads(found[1])["touch"]
    return data
