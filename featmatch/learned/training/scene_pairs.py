"""Pairs to train on with depth: two cameras' images of a scene, and what is the same in them.

Of each pixel it is known which surface it shows and where: what is hidden in one image is not
asked for in the other. Light differs from surface to surface and from image to image, there may be
haze, and each image is changed as those of one plane are.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, exp, log, sqrt

import cv2
import numpy as np
import numpy.typing as npt

from featmatch.checks import check_number
from featmatch.learned.training.pairs import MAX_ZOOM, MIN_ZOOM, PairOptions, TrainingPair
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.photometric import channel_weights, photometric_change
from featmatch.learned.training.relation import NOWHERE, ManyPlanes, shared_share
from featmatch.learned.training.scenes import Camera, Scene, Surface, draw_scene
from featmatch.learned.training.views import Floats, Gray

_MIN_SHARED = 0.1  # of image 0 that image 1 shows too; another scene is drawn below that
_MAX_DRAWS = 8
_HAZE = 0.25  # share of pairs of which one image is hazy
_AMBIENT = 0.5  # of the light on a surface that comes from everywhere


def make_scene_pair(
    photographs: Sequence[Photograph],
    rng: np.random.Generator,
    options: PairOptions,
    strength: float = 1.0,
) -> TrainingPair:
    """Draw a scene with photographs on its surfaces, and take an image of it with each camera.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) or (H, W) uint8
    rng : numpy.random.Generator
        All chance comes from it: the same state gives the same pair.
    options : PairOptions
        Shear and tilt come from the cameras' places instead.
    strength : float
        In [0, 1]; see `draw_scene`.

    Returns
    -------
    TrainingPair

    Raises
    ------
    ValueError, TypeError
        The strength is not as described above.
    """
    check_number("strength", strength, 0, 1)
    for _ in range(_MAX_DRAWS):
        scene = draw_scene(rng, options, strength)
        nearness, labels = zip(
            *(_cast(scene, camera, options.size) for camera in scene.cameras), strict=True
        )
        relation = _relation(scene, *labels)
        if shared_share(relation, options.size) >= _MIN_SHARED:
            break
    textures = _textures(photographs, scene.surfaces, options.size, rng)
    hazy = int(rng.integers(2)) if rng.random() < _HAZE else None
    amount = strength * options.photometric
    images = []
    for view in (0, 1):
        image = _render(scene, view, textures, labels[view], rng, amount)
        if view == hazy:
            image = _in_haze(image, nearness[view], rng, amount)
        images.append(photometric_change(np.clip(image, 0, 1), rng, amount))
    return TrainingPair(images[0], images[1], relation, scene.turn)


def _cast(scene: Scene, camera: Camera, size: int) -> tuple[Gray, npt.NDArray[np.int_]]:
    """Find what each pixel sees first: 1 / depth, 0 for nothing; and the surface's number."""
    x, y = np.arange(size)[None, :], np.arange(size)[:, None]
    labels = np.full((size, size), NOWHERE)
    nearness = np.zeros((size, size))
    for number, surface in enumerate(scene.surfaces):
        u, v, w = (a * x + (b * y + c) for a, b, c in camera.surface_map(surface))
        hit = (w > nearness) & (u >= 0) & (u <= w) & (v >= 0) & (v <= w)
        labels[hit], nearness[hit] = number, w[hit]
    return nearness.astype(np.float32), labels


def _relation(scene: Scene, *labels: npt.NDArray[np.int_]) -> ManyPlanes:
    camera0, camera1 = scene.cameras
    homographies = np.stack(
        [
            np.linalg.solve(camera1.surface_map(surface), camera0.surface_map(surface))
            for surface in scene.surfaces
        ]
    )
    surfaces0, surfaces1 = (np.where(_is_edge(found), NOWHERE, found) for found in labels)
    return ManyPlanes(homographies, surfaces0, surfaces1)


def _is_edge(labels: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """Tell which pixels do not show the same surface as all around them."""
    values, window = labels.astype(np.int16), np.ones((3, 3), np.uint8)
    return np.asarray(cv2.dilate(values, window) != cv2.erode(values, window))


def _textures(
    photographs: Sequence[Photograph],
    surfaces: Sequence[Surface],
    size: int,
    rng: np.random.Generator,
) -> list[tuple[Photograph, Floats]]:
    """Choose a photograph for each surface, and the map (3, 3) from (u, v, 1) to its pixels."""
    zoom = exp(rng.uniform(log(MIN_ZOOM), log(MAX_ZOOM)))
    chosen = []
    for surface in surfaces:
        photograph = photographs[int(rng.integers(len(photographs)))]
        sides = np.array([np.linalg.norm(edge) for edge in (surface.edge_u, surface.edge_v)])
        sides *= size * zoom
        room = np.array(photograph.shape[1::-1]) - 1
        start = rng.random(2) * np.maximum(room - sides, 0)
        start -= np.maximum(sides - room, 0) / 2  # a larger surface has it in its middle
        matrix = np.array([(sides[0], 0, start[0]), (0, sides[1], start[1]), (0, 0, 1)])
        chosen.append((photograph, matrix))
    return chosen


def _render(
    scene: Scene,
    view: int,
    textures: Sequence[tuple[Photograph, Floats]],
    labels: npt.NDArray[np.int_],
    rng: np.random.Generator,
    amount: float,
) -> Gray:
    """Take an image without haze, its edges as soft as those of a camera."""
    camera, size = scene.cameras[view], len(labels)
    weights = channel_weights(rng, amount)
    light = rng.normal(size=3) - (0, 1, 1)  # most often from above and from behind the camera
    light /= np.linalg.norm(light)
    image = np.full((size, size), rng.uniform(0.4, 1), np.float32)  # the sky
    for number in np.unique(labels[labels != NOWHERE]):
        surface, (photograph, to_photograph) = scene.surfaces[number], textures[number]
        shade = _AMBIENT + (1 - _AMBIENT) * max(0.0, float(light @ surface.normal))
        window = _window(labels == number)
        own = labels[window] == number
        to_pixels = to_photograph @ camera.surface_map(surface)
        pixels = _photographed(photograph, to_pixels, window, own, weights)
        image[window][own] = pixels[own] * np.float32(
            1 + amount * (shade / (0.5 + _AMBIENT / 2) - 1)
        )
    soft = cv2.GaussianBlur(image, (3, 3), 0)
    return np.where(_is_edge(labels), soft, image)


def _window(seen: npt.NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of the smallest rectangle around what is seen, of which there is some."""
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _photographed(
    photograph: Photograph,
    to_photograph: Floats,
    window: tuple[slice, slice],
    seen: npt.NDArray[np.bool_],
    weights: Floats,
) -> Gray:
    """Warp a photograph, reflected beyond its edges, as a surface shows it in a window of a view.

    It is right where it is seen.
    """
    corner = window[1].start, window[0].start
    points = np.argwhere(seen)[:, ::-1] + corner
    scale = _scale_at(to_photograph, points.mean(axis=0))
    sigma = 0.5 * sqrt(max(scale, 1) ** 2 - 1)
    part, first = _part(photograph, to_photograph, points, ceil(4 * sigma) + 3)
    if part.ndim == 3:
        part = np.asarray(cv2.transform(part, weights[None]), np.uint8)
    gray = np.multiply(part, np.float32(1 / 255), dtype=np.float32)
    if sigma:
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma), np.float32)
    return np.asarray(
        cv2.warpPerspective(
            gray,
            _shift(-first) @ to_photograph @ _shift(corner),
            seen.shape[::-1],
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        ),
        np.float32,
    )


def _part(
    photograph: Photograph, to_photograph: Floats, points: Floats, margin: int
) -> tuple[Photograph, Floats]:
    """Cut out what points of a view show, and some pixels around it; and its first pixel (x, y).

    Of what lies beyond an edge, the reflection is asked for: then all of it.
    """
    x, y, w = to_photograph @ np.column_stack([points, np.ones(len(points))]).T
    places = np.stack([x / w, y / w])
    low = np.floor(places.min(axis=1)).astype(int) - margin
    high = np.ceil(places.max(axis=1)).astype(int) + margin + 1
    height, width = photograph.shape[:2]
    if (low < 0).any() or high[0] > width or high[1] > height:
        return photograph, np.zeros(2)
    return photograph[low[1] : high[1], low[0] : high[0]], low


def _shift(offset: npt.ArrayLike) -> Floats:
    matrix = np.eye(3)
    matrix[:2, 2] = offset
    return matrix


def _scale_at(matrix: Floats, point: Floats) -> float:
    """Pixels of the target for one at a point: the root of the area's factor."""
    w = float(matrix[2] @ (*point, 1.0))
    return sqrt(abs(float(np.linalg.det(matrix))) / abs(w) ** 3)


def _in_haze(image: Gray, nearness: Gray, rng: np.random.Generator, amount: float) -> Gray:
    """Let air that scatters light lie between: the farther, the less is seen (Koschmieder)."""
    farness = float(np.median(nearness)) / np.maximum(nearness, 1e-6)  # 1 at the median depth
    share = np.exp(-amount * rng.uniform(0.2, 2) * farness).astype(np.float32)
    return np.asarray(share * image + (1 - share) * np.float32(rng.uniform(0.6, 1)), np.float32)
