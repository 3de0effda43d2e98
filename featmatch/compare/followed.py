"""Single points on their way through both machines: what ORB and the network do at one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.compare.contenders import Contender, Found
from featmatch.compare.fields import ORB_PATCH
from featmatch.compare.pair import Pair
from featmatch.compare.scores import TOLERANCE, match_errors
from featmatch.evaluation.metrics.repeatability import nearest
from featmatch.features.orb import ORB
from featmatch.geometry.outlines import well_spread
from featmatch.learned.extraction.extractor import KEYPOINT_SIZE
from featmatch.learned.network.layers import Layer, layers_of
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import FeatureNetwork
from featmatch.types import Array, Features

MAX_FOLLOWED = 24
"""Places that are followed, spread over image 0."""

_NEAR = 3.0  # px: as far as a point of each may lie from the other, to be of one place
_RING = (
    *((0, -3), (1, -3), (2, -2), (3, -1), (3, 0), (3, 1), (2, 2), (1, 3)),
    *((0, 3), (-1, 3), (-2, 2), (-3, 1), (-3, 0), (-3, -1), (-2, -2), (-1, -3)),
)
"""Pixels x, y around a pixel that FAST looks at (Rosten and Drummond, ECCV 2006)."""
_REACH = 7  # px around a point in which the score is told
_DIGITS = 3  # after the point, of what is shown as colors
_LAYERS = ("block1_conv2", "block2_conv2", "block3_conv2", "block4_conv2")


@dataclass(frozen=True)
class Partner:
    """The point of image 1 that a point and it choose each other as nearest.

    Parameters
    ----------
    point : tuple of float
        (x, y) in image 1.
    distance : float
        Of the descriptors: differing bits of ORB's 256, or a length between 0 and 2.
    ratio : float
        Of this distance to that of the second nearest.
    kept : bool
        Whether it passes the method's ratio test.
    correct : bool or None
        Whether it is within 3 pixels of the truth; None where that is not known.
    """

    point: tuple[float, float]
    distance: float
    ratio: float
    kept: bool
    correct: bool | None


@dataclass(frozen=True, eq=False)
class OrbWay:
    """What ORB does at a point of the finest level of its pyramid.

    Parameters
    ----------
    point : (2,) float32
    center : int
    ring : (16,) int64
        Brightness of its pixel, and of those around it that FAST compares with it.
    num_in_arc : int
        The longest arc of the ring that is brighter, or darker, by more than the threshold.
    response : float
        Harris's, by which ORB ranks its corners.
    angle : float
        Radians, toward where the brightness around it has its center of mass.
    bits : str
        256 letters, 0 or 1.
    partner : Partner or None
    """

    point: Array
    center: int
    ring: npt.NDArray[np.int64]
    num_in_arc: int
    response: float
    angle: float
    bits: str
    partner: Partner | None


@dataclass(frozen=True, eq=False)
class NetworkWay:
    """What the network does at a point that it finds at the size of the image.

    Parameters
    ----------
    point : (2,) float32
    activations : tuple of (C,) float32
        Of all maps at the end of each of its four blocks, in the unit nearest to the point.
    score : (15, 15) float32
        Probability of a keypoint, pixel by pixel, around the point's own pixel.
    descriptor : (64,) float32
    partner : Partner or None
    """

    point: Array
    activations: tuple[Array, ...]
    score: Array
    descriptor: Array
    partner: Partner | None


@dataclass(frozen=True, eq=False)
class FollowedPoint:
    """A place of image 0 where ORB and the network both have a point.

    Parameters
    ----------
    orb : OrbWay
    network : NetworkWay
    truth : (2,) float64 or None
        Where it is in image 1, as far as that is known.
    """

    orb: OrbWay
    network: NetworkWay
    truth: Array | None


def follow_points(
    pair: Pair,
    network: FeatureNetwork,
    contenders: Sequence[Contender],
    found: Mapping[str, Found],
) -> tuple[FollowedPoint, ...]:
    """Follow points that ORB and the network have in common through both.

    Parameters
    ----------
    pair : Pair
    network : FeatureNetwork
        As `load_network` gives it.
    contenders : sequence of Contender
    found : mapping of str to Found
        Name of a contender -> its features.

    Returns
    -------
    tuple of FollowedPoint
        At most `MAX_FOLLOWED`, spread over image 0; none where there are no points in common.
    """
    orb, learned = found["orb"].features, found["cnn"].features
    rows0, rows1 = _common_rows(orb[0], learned[0])
    if not len(rows0):
        return ()
    gray = pair.image0.gray()
    pixels = nn.Tensor(Level.of(gray, 1.0).pixels[None, ..., None])
    layers = {layer.name: layer for layer in layers_of(network, pixels)}
    partners = {one.name: _partners(pair, one, found[one.name].features) for one in contenders}
    matched = np.isin(rows0, list(partners["orb"])) & np.isin(rows1, list(partners["cnn"]))
    chosen = _spread(orb[0].keypoints[rows0] / np.array(pair.image0.size), matched)
    followed = []
    for row0, row1 in zip(rows0[chosen].tolist(), rows1[chosen].tolist(), strict=True):
        truth = None
        if pair.homography is not None:
            point = orb[0].keypoints[row0].astype(np.float64)
            truth = cv2.perspectiveTransform(point[None, None], pair.homography)[0, 0]
        followed.append(
            FollowedPoint(
                _orb_way(gray, orb[0], row0, partners["orb"].get(row0)),
                _network_way(layers, learned[0], row1, partners["cnn"].get(row1)),
                truth,
            )
        )
    return tuple(followed)


def _common_rows(orb: Features, learned: Features) -> tuple[Array, Array]:
    """Rows of points that are each other's nearest, both found in the image as it is."""
    finest0 = np.flatnonzero(np.isclose(orb.scales, ORB_PATCH))
    finest1 = np.flatnonzero(np.isclose(learned.scales, KEYPOINT_SIZE))
    points0, points1 = orb.keypoints[finest0], learned.keypoints[finest1]
    distances, near = nearest(points0, points1)
    back = nearest(points1, points0)[1]
    rows = np.flatnonzero(distances <= _NEAR)
    rows = rows[back[near[rows]] == rows]
    return finest0[rows], finest1[near[rows]]


def _spread(places: Array, matched: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Choose rows, spread over the image: two thirds of them with a partner in both ways."""
    with_partner, without = np.flatnonzero(matched), np.flatnonzero(~matched)
    first = with_partner[well_spread(places[with_partner], 2 * MAX_FOLLOWED // 3)]
    rest = without[well_spread(places[without], MAX_FOLLOWED - len(first))]
    return np.concatenate([first, rest])


def _partners(
    pair: Pair, contender: Contender, features: tuple[Features, Features]
) -> dict[int, Partner]:
    """Partners of a contender's points by their row, whatever their ratio."""
    matches = replace(contender.matcher, max_ratio=1.0).match(*features)
    points0 = features[0].keypoints[matches.indices[:, 0]]
    points1 = features[1].keypoints[matches.indices[:, 1]]
    errors = match_errors(pair, points0, points1)
    return {
        row: Partner(
            point=(float(points1[number, 0]), float(points1[number, 1])),
            distance=float(matches.distances[number]),
            ratio=float(matches.ratios[number]),
            kept=bool(matches.ratios[number] < contender.matcher.max_ratio),
            correct=None if errors is None else bool(errors[number] <= TOLERANCE),
        )
        for number, row in enumerate(matches.indices[:, 0].tolist())
    }


def _orb_way(
    gray: npt.NDArray[np.uint8], features: Features, row: int, partner: Partner | None
) -> OrbWay:
    x, y = np.rint(features.keypoints[row]).astype(int).tolist()
    center = int(gray[y, x])
    ring = np.array([gray[y + dy, x + dx] for dx, dy in _RING], np.int64)
    sides = ring - center > ORB.fast_threshold, center - ring > ORB.fast_threshold
    return OrbWay(
        point=features.keypoints[row],
        center=center,
        ring=ring,
        num_in_arc=max(map(_longest_arc, sides)),
        response=float(features.scores[row]),
        angle=float(features.angles[row]),
        bits="".join(map(str, np.unpackbits(features.descriptors[row]).tolist())),
        partner=partner,
    )


def _longest_arc(flags: npt.NDArray[np.bool_]) -> int:
    """Length of the longest run of a ring of flags."""
    if flags.all():
        return len(flags)
    longest = run = 0
    for flag in np.tile(flags, 2).tolist():
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest


def _network_way(
    layers: Mapping[str, Layer], features: Features, row: int, partner: Partner | None
) -> NetworkWay:
    point = features.keypoints[row]
    x, y = np.rint(point).astype(int).tolist()
    score = np.pad(layers["score"].after.data[0, ..., 0], _REACH)
    return NetworkWay(
        point=point,
        activations=tuple(np.round(_unit(layers[name], point), _DIGITS) for name in _LAYERS),
        score=np.round(score[y : y + 2 * _REACH + 1, x : x + 2 * _REACH + 1], _DIGITS),
        descriptor=features.descriptors[row],
        partner=partner,
    )


def _unit(layer: Layer, point: Array) -> Array:
    maps = layer.after.data[0]
    column, row = np.floor((point + 0.5) / layer.stride).astype(int).tolist()
    values: Array = maps[min(row, maps.shape[0] - 1), min(column, maps.shape[1] - 1)]
    return values
