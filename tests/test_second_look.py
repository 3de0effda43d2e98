"""The second look against known tilts, and against counts of matches that chance explains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from featmatch import (
    METHODS,
    ArgumentError,
    ArgumentTypeError,
    Features,
    MatchedPair,
    Matches,
    View,
)
from featmatch.features.affine import AffineViews
from featmatch.features.sift import SIFT
from featmatch.features.tilted_view import tilted_view, view_matrix
from featmatch.images.image import read_image
from featmatch.matching.matcher import Matcher
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.second_look import SecondLook, relative_tilt, view_pairs, view_shape

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
METHOD = METHODS["affine-sift"]
VIEWS = [(1.0, 0.0), (2.0, 0.0), (2.0, np.pi / 2), (4.0, np.pi / 7)]


def tilted_pair(tilt, name="poster_0", mask=None, brightness=0.7, sigma=6):
    """A photograph, and it as a plane seen from the side, darker and noisy; the map between."""
    pixels = read_image(SAMPLES / f"{name}.jpg", max_size=500).pixels
    seen = tilted_view(pixels, tilt, 0.3)
    noise = np.random.default_rng(0).normal(0, sigma, seen.pixels.shape)
    darker = np.clip(seen.pixels * brightness + noise, 0, 255).astype(np.uint8)
    return View.read(pixels, mask=mask), View.read(darker), seen.matrix


def first_look(view0, view1, method=METHOD):
    features = method.extract(view0), method.extract(view1)
    return MatchedPair(view0, view1, *features, method.matcher.match(*features))


def num_right(pair, matrix):
    rows0, rows1 = pair.matches.indices.T
    expected = pair.features0.keypoints[rows0] @ matrix[:, :2].T + matrix[:, 2]
    errors = np.linalg.norm(expected - pair.features1.keypoints[rows1], axis=1)
    return np.count_nonzero(errors < 3)


def features_of_views(views):
    """A keypoint of each of some views, all at the same place."""
    num = len(views)
    frames = [np.linalg.inv(view_matrix(*view)) @ np.eye(2) * 5 for view in views]
    return Features(
        keypoints=np.full((num, 2), 50, np.float32),
        descriptors=np.tile(np.float32([1, 0]), (num, 1)),
        scores=np.ones(num, np.float32),
        scales=np.full(num, 10, np.float32),
        angles=np.zeros(num, np.float32),
        image_size=(100, 100),
        method="affine-fixed",
        frames=np.float32(frames).reshape(num, 2, 2),
    )


def pair_of_counts(counts):
    """So many matches from each view to each."""
    places0, places1 = (
        np.repeat(axis, np.ravel(counts)) for axis in np.indices(np.shape(counts)).reshape(2, -1)
    )
    features = [
        features_of_views([VIEWS[place] for place in places]) for places in (places0, places1)
    ]
    num = len(places0)
    matches = Matches(np.tile(np.arange(num), (2, 1)).T, *np.full((2, num), 0.5, np.float32))
    views = [View.read(np.zeros((100, 100), np.uint8))] * 2
    return MatchedPair(*views, *features, matches)


@pytest.mark.slow
@pytest.mark.parametrize("tilt", [3.0, 4.5, 6.0])
def test_more_right_matches_of_a_plane_seen_from_the_side(tilt):
    *views, matrix = tilted_pair(tilt)
    first = first_look(*views)
    second = METHOD.second_look.look(first, METHOD.matcher)
    assert num_right(second, matrix) > 2 * num_right(first, matrix) > 0
    assert len(second.features0) > len(first.features0)
    assert 2 * num_right(second, matrix) > len(second.matches)


def test_a_plane_that_the_first_look_does_not_prove():
    """An eighth as wide, in a quarter of the light: the model is right, if not to the pixel."""
    *views, matrix = tilted_pair(8.3, "gallery_0", brightness=0.27, sigma=21)
    once = replace(METHOD, second_look=None)
    first = first_look(*views)
    found = once.verify(first)
    assert not found.verdict.accepted
    again = METHOD.look_again(first, found)[1]
    assert again.verdict.accepted
    assert again.verdict.log10_false_alarms < found.verdict.log10_false_alarms - 5
    grid = np.stack(np.meshgrid([50, 250, 450], [50, 190, 330]), -1).reshape(1, -1, 2) * 1.0
    found1 = cv2.perspectiveTransform(grid, again.chosen.geometry.matrix)
    assert np.abs(found1 - cv2.transform(grid, matrix)).max() < 0.03 * views[1].image.size[1]


@pytest.mark.slow
def test_the_look_with_more_evidence_is_kept():
    *views, _ = tilted_pair(4.5)
    pair = first_look(*views)
    found = METHOD.verify(pair)
    empty = replace(found, verdict=replace(found.verdict, kind="none", log10_false_alarms=0.0))
    assert METHOD.look_again(pair, empty)[0] is not pair
    certain = replace(found, verdict=replace(found.verdict, log10_false_alarms=-5000.0))
    assert METHOD.look_again(pair, certain) == (pair, certain)
    assert replace(METHOD, second_look=None).look_again(pair, empty) == (pair, empty)


def test_matches_belong_to_features_and_come_once():
    *views, _ = tilted_pair(4.5)
    second = METHOD.second_look.look(first_look(*views), METHOD.matcher)
    indices = second.matches.indices
    assert len(np.unique(indices, axis=0)) == len(indices)
    assert (np.diff(indices[:, 0]) >= 0).all()
    assert (indices.max(axis=0) < [len(second.features0), len(second.features1)]).all()


def test_masks_hold():
    mask = np.zeros((375, 500), np.uint8)
    mask[:, 100:400] = 255
    *views, _ = tilted_pair(4.5, mask=mask)
    second = METHOD.second_look.look(first_look(*views), METHOD.matcher)
    columns, rows = np.rint(second.features0.keypoints).astype(int).T
    assert mask[rows, columns].all()


def test_what_matches_were_chosen_from_is_kept():
    matcher = Matcher(neighborhoods=Neighborhoods())
    method = replace(METHOD, matcher=matcher)
    *views, matrix = tilted_pair(4.5)
    first = first_look(*views, method)
    second = method.second_look.look(first, matcher)
    assert num_right(second, matrix) > num_right(first, matrix)
    assert len(second.matches.candidates) > len(first.matches.candidates)
    assert len(second.matches.seeds) > len(first.matches.seeds)


@pytest.mark.parametrize("view0", VIEWS)
@pytest.mark.parametrize("view1", VIEWS)
def test_relative_tilt_is_the_ratio_of_the_axes_of_the_map_between_two_views(view0, view1):
    between = view_matrix(*view1) @ np.linalg.inv(view_matrix(*view0))
    expected = np.linalg.cond(between)
    assert relative_tilt(view_shape(*view0), view_shape(*view1)) == pytest.approx(expected)


def test_pairs_of_views_that_chance_explains_are_not_followed():
    even = np.outer([6, 3, 2, 4], [5, 2, 3, 3])
    assert view_pairs(pair_of_counts(even), 1.0) == []


def test_pairs_of_views_with_more_matches_are_followed_the_clearest_first():
    counts = np.full((4, 4), 3)
    counts[1, 2], counts[3, 0] = 30, 10
    found = view_pairs(pair_of_counts(counts), 1.0)
    expected = [(VIEWS[1], VIEWS[2]), (VIEWS[3], VIEWS[0])]
    for shapes, views in zip(found, expected, strict=True):
        for shape, view in zip(shapes, views, strict=True):
            np.testing.assert_allclose(shape, view_shape(*view), atol=1e-3)


@pytest.mark.slow
def test_random_matches_are_rarely_followed():
    """Fewer than one pair of views, on average, as `max_wrong` says."""
    rng = np.random.default_rng(0)
    followed = 0
    for _ in range(200):
        places = rng.choice(4, (2, 300), p=[0.4, 0.3, 0.2, 0.1])
        counts = np.zeros((4, 4), int)
        np.add.at(counts, tuple(places), 1)
        followed += len(view_pairs(pair_of_counts(counts), 1.0))
    assert followed < 200


def test_without_matches_or_tilts_there_is_nothing_to_look_at():
    pair = pair_of_counts(np.zeros((4, 4), int))
    assert METHOD.second_look.look(pair, METHOD.matcher) is pair
    untilted = pair_of_counts([[40, 0], [0, 0]])
    assert METHOD.second_look.look(untilted, METHOD.matcher) is untilted


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"views": SIFT()}, ArgumentTypeError, "^views: expected"),
        (
            {"num_pairs": 0},
            ArgumentError,
            "^num_pairs: expected an integer from 1 to 1,000, got 0$",
        ),
        ({"max_wrong": 0}, ArgumentError, "^max_wrong: expected"),
        ({"max_relative_tilt": 0.5}, ArgumentError, "^max_relative_tilt: expected a number from 1"),
    ],
)
def test_impossible_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        SecondLook(**{"views": AffineViews(SIFT()), **options})
