"""Pairs to train on: two random views of one photograph, and the homography between them.

Both images of a pair are warped out of the photograph, so that neither is given away by being
sharper than the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, log, pi, radians, sin

import numpy as np

from featmatch.checks import check_integer, check_number
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.photometric import channel_weights, photometric_change
from featmatch.learned.training.relation import OnePlane, Relation
from featmatch.learned.training.views import SQUARE, Floats, Gray, continued, take_view, view_map

MIN_ZOOM, MAX_ZOOM = 0.5, 1.4
"""Pixels of the photograph for one of a view, both views together."""

MAX_ROTATION = radians(20)
"""Radians, of one of the views; the other has the turn on top."""

RESIDUAL = 0.6
"""Most by which a view is turned beside the turn, of the angle between two: neighbors overlap."""


@dataclass(frozen=True)
class PairOptions:
    """How much the two views of a pair may differ.

    Parameters
    ----------
    size : int
        Side of both square images in pixels.
    max_zoom : float
        Most by which one view may be larger than the other; 1 for none.
    max_tilt : float
        Perspective: most by which each corner of each view moves along x and along y, in sides of
        the view; 0 for none.
    max_shear : float
        Most shear of each view, and most logarithm of its aspect ratio; 0 for none.
    max_shift : float
        Most by which the views' middles are apart along x and along y, in sides of a view of mean
        size; 0 for none.
    num_turns : int
        How many turns, which share the full circle evenly, are told apart; 1 for none.
    upright_share : float
        Share of the pairs whose turn is 0, in [0, 1]; the others have any other turn.
    photometric : float
        Strength of the changes of light and camera, in [0, 1]; 0 for none.

    Raises
    ------
    ValueError, TypeError
        An option is out of its range or not a number.
    """

    size: int = 128
    max_zoom: float = 2.0
    max_tilt: float = 0.2
    max_shear: float = 0.15
    max_shift: float = 0.3
    num_turns: int = 8
    upright_share: float = 0.5
    photometric: float = 1.0

    def __post_init__(self) -> None:
        check_integer("size", self.size, 16, 4096)
        check_number("max_zoom", self.max_zoom, 1, 8)
        check_number("max_tilt", self.max_tilt, 0, 0.24)  # from 0.25 on a view may fold over
        check_number("max_shear", self.max_shear, 0, 0.5)
        check_number("max_shift", self.max_shift, 0, 1)
        check_integer("num_turns", self.num_turns, 1, 64)
        check_number("upright_share", self.upright_share, 0, 1)
        check_number("photometric", self.photometric, 0, 1)


@dataclass(frozen=True, eq=False)
class TrainingPair:
    """Two views of one photograph, or of one scene, or of two photographs.

    Parameters
    ----------
    image0, image1 : ndarray (S, S) float32
        Gray values in [0, 1].
    relation : Relation
        Which points of the images are the same.
    turn : int
        Image 1 shows the scene of image 0 turned by about ``turn / num_turns`` of a full circle,
        from the x axis toward the y axis, which is clockwise to the eye: the angles of keypoints
        grow by as much.
    """

    image0: Gray
    image1: Gray
    relation: Relation
    turn: int


def make_pair(
    photograph: Photograph,
    rng: np.random.Generator,
    options: PairOptions,
    strength: float = 1.0,
) -> TrainingPair:
    """Draw two views of a photograph and take an image of each.

    Both views lie inside the photograph. Before one is zoomed against the other, they show 0.5 to
    1.4 of its pixels for one of theirs, or less in a small photograph; one smaller than half a view
    is continued by reflection. In one view, image 0 as often as image 1, the scene is rotated by up
    to 20 degrees; in the other it is rotated further, by the turn and a rest of up to 0.6 of the
    angle between two turns.

    Parameters
    ----------
    photograph : ndarray (H, W, 3) or (H, W) uint8
        RGB or gray, of any size.
    rng : numpy.random.Generator
        All chance comes from it: the same state gives the same pair.
    options : PairOptions
    strength : float
        In [0, 1]: scales every range of the options but the turns, so that training can begin with
        easier pairs. At 0 the views differ by the turn alone.

    Returns
    -------
    TrainingPair

    Raises
    ------
    ValueError, TypeError
        The photograph or the strength is not as described above.
    """
    photograph = continued(photograph, options.size // 2)
    check_number("strength", strength, 0, 1)
    turn = draw_turn(rng, options)
    quads = _draw_quads(rng, options, turn, strength)
    if rng.random() < 0.5:
        quads, turn = quads[::-1], -turn % options.num_turns
    quads = _inside(quads, photograph, rng)
    amount = strength * options.photometric
    image0, image1 = (photographed(photograph, quad, options.size, rng, amount) for quad in quads)
    to_photograph0, to_photograph1 = (view_map(quad, options.size) for quad in quads)
    homography = np.asarray(np.linalg.solve(to_photograph1, to_photograph0), np.float64)
    return TrainingPair(image0, image1, OnePlane(homography), turn)


def _draw_quads(
    rng: np.random.Generator, options: PairOptions, turn: int, strength: float
) -> Floats:
    """Draw the quads (2, 4, 2) of a view and of one turned further, the photograph's place open."""
    step = 2 * pi / options.num_turns
    rotation = strength * rng.uniform(-MAX_ROTATION, MAX_ROTATION)
    residual = strength * rng.uniform(-RESIDUAL, RESIDUAL) * step
    side = options.size * exp(rng.uniform(log(MIN_ZOOM), log(MAX_ZOOM)))
    zoom = exp(strength * rng.uniform(-0.5, 0.5) * log(options.max_zoom))
    shears, stretches = strength * options.max_shear * rng.uniform(-1, 1, (2, 2))
    tilts = strength * options.max_tilt * rng.uniform(-1, 1, (2, 4, 2))
    shift = strength * options.max_shift * rng.uniform(-0.5, 0.5, 2)
    linear0 = zoom * linear_map(rotation, shears[0], stretches[0])
    linear1 = linear_map(rotation + turn * step + residual, shears[1], stretches[1]) / zoom
    quad0 = (SQUARE + tilts[0]) @ linear0.T + shift
    quad1 = (SQUARE + tilts[1]) @ linear1.T - shift
    return side * np.stack([quad0, quad1])


def draw_turn(rng: np.random.Generator, options: PairOptions) -> int:
    """Draw the turn of a pair: 0 as often as `PairOptions.upright_share` says, else any other."""
    if options.num_turns > 1 and rng.random() >= options.upright_share:
        return int(rng.integers(1, options.num_turns))
    return 0


def photographed(
    photograph: Photograph, quad: Floats, size: int, rng: np.random.Generator, amount: float
) -> Gray:
    """Take a view with a sensor, in light and into a file that are drawn at random.

    `amount` is that of `channel_weights` and `photometric_change`, the others are as for
    `take_view`.
    """
    view = take_view(photograph, quad, size, channel_weights(rng, amount))
    return photometric_change(view, rng, amount)


def linear_map(rotation: float, shear: float = 0.0, stretch: float = 0.0) -> Floats:
    """Map (2, 2) from a view to the photograph; the view shows the scene rotated."""
    c, s, aspect = cos(rotation), sin(rotation), exp(stretch / 2)
    return np.asarray(np.array([(c, s), (-s, c)]) @ [(aspect, shear), (0, 1 / aspect)])


def _inside(quads: Floats, photograph: Photograph, rng: np.random.Generator) -> Floats:
    """Move quads to a random place in the photograph, made smaller together if there is none."""
    height, width = photograph.shape[:2]
    room = np.array((width - 1.0, height - 1.0))
    low, high = quads.min((0, 1)), quads.max((0, 1))
    scale = min(1.0, *(room / (high - low)))
    spare = room - scale * (high - low)
    return np.asarray(scale * (quads - low) + rng.random(2) * spare)
