"""Curves of change, with features whose fate is known, and of the real contenders."""

from __future__ import annotations

import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from featmatch.compare.alterations import ALTERATIONS
from featmatch.compare.changes import (
    MAX_SIZE,
    QUICK_MAX_SIZE,
    begin_changes,
    measure_changes,
)
from featmatch.compare.contenders import BORDER, Contender, contenders
from featmatch.compare.pair import sample_pair
from featmatch.compare.survival import measure_survival, usable_part
from featmatch.images.image import read_image
from featmatch.matching.matcher import Matcher
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.types import Features, Matches

BLANK = read_image(np.zeros((180, 240), np.uint8))


def features(points, size=(240, 180)):
    """Features at points, whose descriptors tell each from all others."""
    points = np.asarray(points, np.float32).reshape(-1, 2)
    ones = np.ones(len(points), np.float32)
    descriptors = np.eye(64, dtype=np.float32)[: len(points)]
    return Features(points, descriptors, ones, ones, 0 * ones, size, "known")


@dataclass(frozen=True)
class Stubborn:
    """Finds the same grid of points in every image, wherever they may lie."""

    name = "stubborn"
    num: int = 7

    def extract(self, image, mask=None):
        steps = np.linspace(0.2, 0.8, self.num)
        x, y = np.meshgrid(steps * image.size[0], steps * image.size[1])
        return features(np.column_stack([x.ravel(), y.ravel()]), image.size)


@dataclass(frozen=True)
class NeverMatcher(Matcher):
    """Matches nothing."""

    def match(self, features0, features1):
        return Matches(np.zeros((0, 2), np.int64), *np.zeros((2, 0), np.float32))


def contender(extractor, matcher):
    return Contender("known", "known", extractor, matcher, num_bytes=256, max_keypoints=1000)


def curves_of(extractor, matcher, image=BLANK, **options):
    """Name of the change -> the contender's own curve."""
    changes = measure_changes(image, [contender(extractor, matcher)], **options)
    return {change.name: change.curves[0] for change in changes}


@pytest.fixture(scope="module")
def stubborn():
    return curves_of(Stubborn(), Matcher())


@pytest.mark.parametrize("name", ["blur", "noise", "brightness", "jpeg"])
def test_points_that_stay_survive_what_moves_nothing(stubborn, name):
    curve, num = stubborn[name], len(ALTERATIONS[name].values)
    assert curve.repeatability == curve.accuracy == (1.0,) * num
    assert curve.num_correct == (49,) * num
    assert max(curve.corner_error) < 1e-3
    assert curve.breaks_at is None


def test_points_that_stay_do_not_survive_rotation(stubborn):
    curve, values = stubborn["rotation"], ALTERATIONS["rotation"].values
    assert curve.breaks_at == 15
    assert curve.accuracy[0] == 1
    assert max(curve.accuracy[1:]) <= 1 / 49  # the middle
    # The estimated map is the identity, however the image turns: the corners of the common octagon
    # are off by the chord, twice their distance from the middle times the sine of half the angle.
    half = values.index(180)
    middle_to_corner = np.hypot(120 - BORDER, 90 - BORDER)
    assert curve.corner_error[half] == pytest.approx(2 * middle_to_corner, rel=1e-3)


def test_points_that_move_with_the_size_survive_its_shrinking_only(stubborn):
    curve, values = stubborn["scale"], ALTERATIONS["scale"].values
    assert curve.accuracy[: values.index(1) + 1] == (1.0,) * 5
    assert curve.breaks_at == 1.41
    assert curve.accuracy[-1] < 0.1


def test_without_matches_all_breaks_at_once():
    curves = curves_of(Stubborn(), NeverMatcher(), quick=True)
    for name, curve in curves.items():
        assert curve.breaks_at == ALTERATIONS[name].neutral
        assert set(curve.accuracy) == {0.0}
        assert set(curve.num_correct) == {0}
        assert set(curve.corner_error) == {None}


@pytest.mark.parametrize(("offset", "num_correct"), [(5, 49), (7, 0)])
def test_errors_are_in_pixels_of_the_coarser_image(offset, num_correct):
    x, y = np.meshgrid(np.linspace(90, 150, 7), np.linspace(60, 120, 7))
    points = np.column_stack([x.ravel(), y.ravel()])
    double = np.array([(2, 0, -119.5), (0, 2, -89.5), (0, 0, 1.0)])
    moved = points @ double[:2, :2] + double[:2, 2] + np.array((offset, 0))
    found = measure_survival(features(points), features(moved), Matcher(), double, seed=0)
    assert found.num_correct == num_correct
    assert found.corner_error == pytest.approx(offset / 2, rel=1e-4)


def test_a_smaller_image_has_the_coarser_pixels():
    x, y = np.meshgrid(np.linspace(30, 210, 7), np.linspace(30, 150, 7))
    points = np.column_stack([x.ravel(), y.ravel()])
    half = np.array([(0.5, 0, -0.25), (0, 0.5, -0.25), (0, 0, 1.0)])
    moved = 0.5 * points - 0.25 + np.array((2, 0))
    found = measure_survival(features(points), features(moved, (120, 90)), Matcher(), half, seed=0)
    assert found.corner_error == pytest.approx(2, rel=1e-4)
    assert found.accuracy == 1


@pytest.mark.parametrize("value", [0, 30, 90, 180])
def test_keypoints_may_lie_where_both_images_are_apart_from_their_edges(value):
    altered, homography = ALTERATIONS["rotation"].apply(BLANK, value, np.random.default_rng(0))
    usable = usable_part(homography, BLANK.size, altered.size)
    y, x = np.nonzero(usable)
    back = np.linalg.inv(homography) @ np.stack([x, y, np.ones(len(x))])
    for points in (np.column_stack([x, y]), back[:2].T):
        assert (points > BORDER - 0.51).all()
        assert (points < np.array(BLANK.size) - BORDER - 0.49).all()
    if value in (0, 180):
        assert len(x) == (240 - 2 * BORDER) * (180 - 2 * BORDER)


@pytest.mark.parametrize("size", [(1, 1), (32, 32), (20, 200), (2 * BORDER + 1, 99)])
def test_nothing_is_usable_of_images_that_are_border(size):
    usable = usable_part(np.eye(3), size, size)
    assert np.count_nonzero(usable) == max(0, size[0] - 32) * max(0, size[1] - 32)


# The real contenders


@pytest.fixture(scope="module")
def image():
    photograph = sample_pair().image0
    return read_image(photograph.pixels, max_size=200)


@pytest.fixture(scope="module")
def measured(image):
    shares = []
    changes = measure_changes(image, contenders(100), quick=True, progress=shares.append)
    return changes, shares


def test_every_change_has_a_curve_of_each_contender(measured):
    changes, _ = measured
    assert [change.name for change in changes] == list(ALTERATIONS)
    for change in changes:
        assert change.values == ALTERATIONS[change.name].quick_values
        upright = ["cnn, upright"] if change.name == "rotation" else []
        assert [curve.method for curve in change.curves] == ["orb", "sift", "cnn", *upright]
        for curve in change.curves:
            num = len(change.values)
            assert all(
                len(column) == num
                for name, column in vars(curve).items()
                if name not in ("method", "breaks_at")
            )


def test_what_does_not_change_is_found_again(measured):
    for change in measured[0]:
        neutral = change.values.index(ALTERATIONS[change.name].neutral)
        for curve in change.curves:
            assert curve.repeatability[neutral] == 1
            assert curve.accuracy[neutral] > 0.99  # of two alike descriptors, either may win
            assert curve.corner_error[neutral] < 0.01


def test_change_costs_matches(measured):
    for change in measured[0]:
        neutral = change.values.index(ALTERATIONS[change.name].neutral)
        for curve in change.curves:
            others = [num for place, num in enumerate(curve.num_correct) if place != neutral]
            assert max(others) <= curve.num_correct[neutral]
            assert 0 < curve.chance_repeatability[neutral] < curve.repeatability[neutral] == 1
            assert all(0 <= share <= 1 for share in curve.repeatability + curve.accuracy)


def test_turning_is_what_carries_the_network_through_a_half_turn(measured):
    (rotation,) = (change for change in measured[0] if change.name == "rotation")
    curves = {curve.method: curve for curve in rotation.curves}
    half = rotation.values.index(180)
    assert curves["cnn"].num_correct[half] > 5 * curves["cnn, upright"].num_correct[half] + 10
    assert curves["orb"].corner_error[half] < 1


def test_progress_rises_to_the_end(measured):
    changes, shares = measured
    assert shares == sorted(shares)
    # The unaltered image is one of the values of every change, and measured once.
    assert len(shares) == 1 + sum(len(change.values) - 1 for change in changes)
    assert shares[-1] == 1


def test_the_same_seed_gives_the_same_numbers(measured, image):
    assert measure_changes(image, contenders(100), quick=True) == measured[0]


def test_work_done_apart_gives_the_same_numbers(measured, image):
    given = []

    def apart(work):
        given.append(pickle.dumps(work))
        return pickle.loads(given[-1])

    go_on = begin_changes(image, contenders(100), quick=True, apart=apart)
    assert len(given) == len(measured[1])  # a part of the work for each value
    assert go_on(None) == measured[0]


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (33, 200)])
def test_small_and_blank_images_have_curves_of_nothing(size):
    changes = measure_changes(
        read_image(np.full(size[::-1], 90, np.uint8)), contenders(20), quick=True
    )
    for change in changes:
        for curve in change.curves:
            assert set(curve.num_correct) == set(curve.repeatability) == {0}
            assert set(curve.corner_error) == {None}


@pytest.mark.parametrize(
    ("quick", "size"), [(True, (QUICK_MAX_SIZE, 213)), (False, (MAX_SIZE, 320))]
)
def test_large_images_are_looked_at_smaller(quick, size):
    sizes = []

    @dataclass(frozen=True)
    class Witness(Stubborn):
        def extract(self, image, mask=None):
            sizes.append(image.size)
            assert image.pixels.dtype == np.uint8
            assert image.pixels.ndim == 2
            assert mask.shape == image.pixels.shape
            return super().extract(image, mask)

    color = read_image(np.zeros((1000, 1500, 3), np.float32), max_size=1200)
    curves_of(Witness(), Matcher(), color, quick=quick)
    assert sizes[0] == size


def test_only_a_turning_matcher_has_an_upright_curve():
    turning = contender(Stubborn(), TurnMatcher(num_turns=4))
    (rotation, *others) = measure_changes(BLANK, [turning], quick=True)
    assert [curve.method for curve in rotation.curves] == ["known", "known, upright"]
    assert all(len(change.curves) == 1 for change in others)


@pytest.mark.parametrize("seed", [-1, 2**31])
def test_a_seed_out_of_range_is_told(seed):
    with pytest.raises(ValueError, match="seed: expected an integer from 0 to"):
        measure_changes(BLANK, (), seed=seed)
