"""Results to draw, and what a figure shows of them."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure

from featmatch.images.image import Image, read_image
from featmatch.result import MatchResult
from featmatch.types import Features, Kind, Matches, TwoViewGeometry, Verdict

SHIFT = np.array([[1.0, 0.0, 30.0], [0.0, 1.0, -20.0], [0.0, 0.0, 1.0]])
SIDEWAYS = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # y1 = y0


def make_image(width: int, height: int, name: str = "array") -> Image:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return replace(read_image(pixels), name=name)


def make_features(image: Image, keypoints: np.ndarray) -> Features:
    num = len(keypoints)
    return Features(
        keypoints=np.asarray(keypoints, np.float32),
        descriptors=np.zeros((num, 4), np.float32),
        scores=np.arange(num, dtype=np.float32),
        scales=np.full(num, 10, np.float32),
        angles=np.full(num, np.pi / 2, np.float32),
        image_size=image.size,
        method="orb",
    )


def make_result(
    size0: tuple[int, int] = (400, 300),
    size1: tuple[int, int] = (400, 300),
    *,
    num: int = 20,
    num_inliers: int | None = None,
    kind: Kind = "homography",
    matrix: np.ndarray | None = SHIFT,
    accepted: bool = True,
    names: tuple[str, str] = ("a.jpg", "b.jpg"),
) -> MatchResult:
    """A result with matches at random places, of which the first are inliers."""
    rng = np.random.default_rng(1)
    images = [make_image(*size, name) for size, name in zip((size0, size1), names, strict=True)]
    features = [
        make_features(image, rng.uniform(0, 1, (num, 2)) * (np.array(image.size) - 1))
        for image in images
    ]
    inliers = np.arange(num) < (num if num_inliers is None else num_inliers)
    return MatchResult(
        image0=images[0],
        image1=images[1],
        features0=features[0],
        features1=features[1],
        matches=Matches(
            np.stack([np.arange(num)] * 2, axis=1).astype(np.int64),
            np.zeros(num, np.float32),
            np.zeros(num, np.float32),
        ),
        geometry=TwoViewGeometry(
            kind, matrix, inliers, np.where(inliers, 1.0, np.inf), max_error=3.0
        ),
        verdict=Verdict(
            "scene" if accepted else "none", 0.9999, -20.0, "the reason of the verdict"
        ),
        method="orb",
        seed=0,
        seconds={"read": 0.1},
    )


def no_model(num: int) -> MatchResult:
    return make_result(num=num, num_inliers=0, kind="none", matrix=None, accepted=False)


def drawn_lines(figure: Figure) -> list[LineCollection]:
    overlay = figure.axes[0]
    return [part for part in overlay.collections if isinstance(part, LineCollection)]


def dots(figure: Figure, image: int) -> list[np.ndarray]:
    axes = figure.axes[1 + image]
    scatters = [part for part in axes.collections if isinstance(part, PathCollection)]
    return [np.asarray(part.get_offsets()) for part in scatters]


def words(figure: Figure) -> list[str]:
    own = [text.get_text() for text in figure.axes[0].texts]
    return own + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def png(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=40, metadata={"Software": None})
    return stream.getvalue()
