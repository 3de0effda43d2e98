"""Training pairs: exact homographies, turns, and the ranges that the options promise."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import log, pi

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_warps import SAMPLES, noise, project

from featmatch.learned.training import pairs
from featmatch.learned.training.pairs import PairOptions, make_pair
from featmatch.learned.training.photographs import read_photographs

PLAIN = PairOptions(photometric=0.0)


@pytest.fixture(scope="module")
def photograph():
    (pixels,) = read_photographs(SAMPLES / "poster_0.jpg")
    return pixels


def linear_part(homography, point):
    """Derivative (2, 2) of a homography at a point, by central differences."""
    steps = 1e-3 * np.eye(2)
    ahead, behind = project(homography, point + steps), project(homography, point - steps)
    return (ahead - behind).T / 2e-3


def angle_of(matrix):
    """Angle of the rotation that is nearest to a matrix (2, 2), from x toward y."""
    return np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])


def wrapped(angle):
    return (angle + pi) % (2 * pi) - pi


# --- where the points go


def spots(rng, num=40, side=300):
    """Photograph of soft spots of light, none of which touches another."""
    photograph = np.zeros((side, side))
    grid = (np.stack(np.meshgrid(np.arange(7), np.arange(7)), -1).reshape(-1, 2) + 0.5) * side / 7
    y, x = np.mgrid[:side, :side]
    for a, b in rng.permutation(grid)[:num] + rng.uniform(-3, 3, (num, 2)):
        photograph += np.exp(-((x - a) ** 2 + (y - b) ** 2) / (2 * 2.5**2))
    return np.rint(255 * np.minimum(photograph, 1)).astype(np.uint8)


def centroids(image):
    """Centroids of the spots that lie inside an image, with the area of each."""
    bright = (image > 0.02).astype(np.uint8)
    num, labels, stats, _ = cv2.connectedComponentsWithStats(bright)
    side = len(image)
    y, x = np.mgrid[:side, :side]
    found = []
    for i in range(1, num):
        left, top, width, height, area = stats[i]
        if min(left, top) > 0 and max(left + width, top + height) < side and area > 20:
            light = image * (labels == i)
            found.append(((light * x).sum() / light.sum(), (light * y).sum() / light.sum()))
    return np.array(found).reshape(-1, 2)


def test_spots_of_light_are_where_the_homography_puts_them():
    rng = np.random.default_rng(0)
    photograph, options = spots(rng), replace(PLAIN, max_tilt=0.1)
    errors = []
    for _ in range(60):
        pair = make_pair(photograph, rng, options)
        mapped, seen = (
            project(pair.relation.homography, centroids(pair.image0)),
            centroids(pair.image1),
        )
        if len(mapped) and len(seen):
            distances = np.linalg.norm(mapped[:, None] - seen, axis=2)
            near = distances.min(1) < 2
            errors.append((mapped - seen[distances.argmin(1)])[near])
    errors = np.concatenate(errors)
    assert len(errors) > 80
    assert np.abs(errors.mean(0)).max() < 0.02
    assert np.median(np.linalg.norm(errors, axis=1)) < 0.05


def test_opencv_aligns_the_images_by_the_same_homography(photograph):
    rng = np.random.default_rng(2)
    options = replace(PLAIN, max_zoom=1.3, max_tilt=0.08, max_shift=0.1)
    corners = np.array([(32, 32), (95, 32), (95, 95), (32, 95)], float)
    for _ in range(4):
        pair = make_pair(photograph, rng, options)
        nearby = pair.relation.homography / pair.relation.homography[2, 2]
        nearby[:2, 2] += 0.7
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-9)
        _, found = cv2.findTransformECC(
            pair.image0, pair.image1, nearby.astype(np.float32), cv2.MOTION_HOMOGRAPHY, stop
        )
        apart = project(found.astype(float), corners) - project(pair.relation.homography, corners)
        assert np.abs(apart).max() < 0.1


def test_the_third_coordinate_is_positive_for_points_seen_in_both():
    rng = np.random.default_rng(0)
    options = replace(PLAIN, size=16, max_tilt=0.24, max_zoom=8.0)
    y, x = np.mgrid[:16, :16]
    points = np.column_stack([x.ravel(), y.ravel(), np.ones(256)])
    for _ in range(300):
        mapped = points @ make_pair(noise(80, 80), rng, options).relation.homography.T
        places = mapped[:, :2] / mapped[:, 2:]
        assert mapped[np.all((places > -0.5) & (places < 15.5), axis=1), 2].min() > 0


def test_without_strength_both_images_are_the_same(photograph):
    pair = make_pair(photograph, np.random.default_rng(0), PairOptions(upright_share=1.0), 0.0)
    np.testing.assert_allclose(pair.relation.homography, np.eye(3), atol=1e-9)
    np.testing.assert_array_equal(pair.image0, pair.image1)
    assert pair.turn == 0


# --- turns


@pytest.mark.parametrize("num_turns", [1, 2, 3, 8])
def test_a_turn_is_a_rotation_from_x_toward_y(photograph, num_turns):
    rng = np.random.default_rng(0)
    options = PairOptions(size=16, num_turns=num_turns, upright_share=0.0)
    turns = set()
    for _ in range(60):
        pair = make_pair(photograph, rng, options, 0.0)
        rotation = linear_part(pair.relation.homography, np.array([7.5, 7.5]))
        angle = 2 * pi * pair.turn / num_turns
        expected = [(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))]
        np.testing.assert_allclose(rotation, expected, atol=1e-4)
        turns.add(pair.turn)
    assert turns == set(range(1, num_turns)) or (num_turns == 1 and turns == {0})


def test_a_quarter_turn_is_clockwise_to_the_eye(photograph):
    rng = np.random.default_rng(0)
    options = PairOptions(num_turns=4, upright_share=0.0)
    for _ in range(6):
        pair = make_pair(photograph, rng, options, 0.0)
        np.testing.assert_allclose(pair.image1, np.rot90(pair.image0, -pair.turn), atol=0.01)


def test_the_rest_of_the_rotation_is_less_than_a_turn(photograph):
    rng = np.random.default_rng(0)
    options = replace(PLAIN, size=16, max_tilt=0.0, max_shear=0.0)
    rests = []
    for _ in range(300):
        pair = make_pair(photograph, rng, options)
        angle = angle_of(linear_part(pair.relation.homography, np.array([7.5, 7.5])))
        rests.append(wrapped(angle - 2 * pi * pair.turn / 8))
    assert max(np.abs(rests)) <= 0.6 * 2 * pi / 8 + 1e-4
    assert max(np.abs(rests)) > 0.5 * 2 * pi / 8
    assert abs(np.mean(rests)) < 0.1


def test_either_image_is_the_one_that_is_turned(photograph, monkeypatch):
    """The other is rotated by 4 degrees at most, at a fifth of the strength."""
    quads, take_view = [], pairs.take_view
    monkeypatch.setattr(
        pairs, "take_view", lambda *given: quads.append(given[1]) or take_view(*given)
    )
    rng = np.random.default_rng(0)
    options = PairOptions(size=16, num_turns=2, upright_share=0.0, max_tilt=0.0, max_shear=0.0)
    for _ in range(100):
        make_pair(photograph, rng, options, 0.2)
    sides = np.array(quads)[:, 1] - np.array(quads)[:, 0]
    angles = np.abs(np.arctan2(sides[:, 1], sides[:, 0])).reshape(100, 2)
    assert angles.min(axis=1).max() <= np.radians(4) + 1e-9
    assert angles.max(axis=1).min() > np.radians(150)
    assert 30 <= np.count_nonzero(angles.argmax(axis=1)) <= 70


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_as_many_pairs_are_upright_as_asked_for(share):
    rng = np.random.default_rng(0)
    options = PairOptions(size=16, upright_share=share, photometric=0.0)
    turns = np.array([make_pair(noise(60, 60), rng, options).turn for _ in range(800)])
    assert np.mean(turns == 0) == pytest.approx(share, abs=0.06)
    others = np.bincount(turns, minlength=8)[1:] / 800
    np.testing.assert_allclose(others, (1 - share) / 7, atol=0.05)


# --- ranges


def similarities(photograph, options, strength=1.0, num=300):
    """Scale and rotation of image 1 against image 0, without tilt and shear."""
    rng = np.random.default_rng(1)
    options = replace(options, size=16, max_tilt=0.0, max_shear=0.0, photometric=0.0)
    parts = [
        linear_part(
            make_pair(photograph, rng, options, strength).relation.homography, np.array([7.5, 7.5])
        )
        for _ in range(num)
    ]
    return np.array([np.sqrt(np.linalg.det(part)) for part in parts]), list(map(angle_of, parts))


@pytest.mark.parametrize(("max_zoom", "strength"), [(2.0, 1.0), (4.0, 0.5), (1.0, 1.0)])
def test_either_view_may_be_the_larger_up_to_the_zoom(photograph, max_zoom, strength):
    scales, _ = similarities(photograph, PairOptions(max_zoom=max_zoom), strength)
    logs = np.log(scales)
    limit = strength * log(max_zoom)
    assert np.abs(logs).max() <= limit + 1e-3
    assert logs.max() >= 0.9 * limit
    assert logs.min() <= -0.9 * limit
    assert logs.std() == pytest.approx(limit / np.sqrt(3), rel=0.15, abs=1e-3)


def test_the_strength_scales_the_rotation(photograph):
    _, angles = similarities(photograph, PairOptions(upright_share=1.0), 0.25)
    assert 0.12 * 2 * pi / 8 < np.abs(angles).max() <= 0.15 * 2 * pi / 8 + 1e-4


@pytest.mark.parametrize("field", ["max_tilt", "max_shear", "max_shift"])
def test_each_option_turns_its_part_on(photograph, field):
    off = {"max_zoom": 1.0, "max_tilt": 0.0, "max_shear": 0.0, "max_shift": 0.0}
    options = PairOptions(photometric=0.0, upright_share=1.0, num_turns=64, **off)
    measured = {"max_tilt": [], "max_shear": [], "max_shift": []}
    rng = np.random.default_rng(0)
    value = getattr(PairOptions(), field)
    for _ in range(100):
        pair = make_pair(photograph, rng, replace(options, **{field: value}))
        matrix = pair.relation.homography / np.cbrt(np.linalg.det(pair.relation.homography))
        stretches = np.linalg.svd(linear_part(matrix, np.array([63.5, 63.5])))[1]
        middle = project(matrix, np.array([(63.5, 63.5)]))[0] - 63.5
        measured["max_tilt"].append(np.abs(matrix[2, :2]).max())
        measured["max_shear"].append(log(stretches[0] / stretches[1]))
        measured["max_shift"].append(np.abs(middle).max() / 128)
    largest = {name: max(values) for name, values in measured.items()}
    if field == "max_tilt":
        assert largest["max_tilt"] > 1e-3
    else:
        assert largest["max_tilt"] < 1e-6
    if field == "max_shift":
        assert 0.2 < largest["max_shift"] < 0.45  # up to 0.3 along both axes, then rotated
    if field == "max_shear":
        assert 0.2 < largest["max_shear"] < 4 * value
        assert largest["max_shift"] < 1e-3


def test_each_image_mixes_the_colors_in_its_own_way(monkeypatch):
    monkeypatch.setattr(pairs, "photometric_change", lambda image, rng, amount: image)
    red = np.zeros((60, 60, 3), np.uint8)
    red[..., 0] = 255
    rng, options = np.random.default_rng(0), PairOptions(size=16)
    for strength, least, most in ((1.0, 0.1, 0.3), (0.2, 0.01, 0.07), (0.0, 0.0, 1e-6)):
        drawn = [make_pair(red, rng, options, strength) for _ in range(60)]
        grays = np.array([(pair.image0.mean(), pair.image1.mean()) for pair in drawn])
        assert grays.mean() == pytest.approx(0.299, abs=0.08)
        assert least <= np.abs(grays[:, 0] - grays[:, 1]).mean() <= most


@given(
    height=st.integers(1, 400),
    width=st.integers(1, 400),
    size=st.integers(16, 128),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=30)
def test_views_lie_inside_the_photograph(height, width, size, seed):
    quads = []
    take_view = pairs.take_view

    def record(photograph, quad, *rest):
        quads.append((photograph.shape, quad))
        return take_view(photograph, quad, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "take_view", record)
        pair = make_pair(noise(height, width), np.random.default_rng(seed), PairOptions(size=size))
    for shape, quad in quads:
        assert shape == (max(height, size // 2), max(width, size // 2))
        assert np.all((quad >= -1e-9) & (quad <= np.array(shape[::-1]) - 1 + 1e-9))
    for image in (pair.image0, pair.image1):
        assert image.shape == (size, size)
        assert image.dtype == np.float32
        assert 0 <= image.min() <= image.max() <= 1
    assert np.isfinite(pair.relation.homography).all()


def test_both_views_show_much_of_the_same(photograph):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    points = np.column_stack([x.ravel(), y.ravel()])
    shares = []
    for _ in range(300):
        homography = make_pair(photograph, rng, replace(PLAIN, size=32)).relation.homography
        both = []
        for matrix in (homography, np.linalg.inv(homography)):
            mapped = project(matrix, points)
            both.append(np.mean(np.all((mapped > -0.5) & (mapped < 31.5), axis=1)))
        shares.append(max(both))
    assert np.quantile(shares, 0.05) > 0.5
    assert np.median(shares) > 0.8


# --- chance


def test_the_same_seed_gives_the_same_pair_on_any_thread(photograph):
    def pair_of(seed):
        return make_pair(photograph, np.random.default_rng(seed), PairOptions())

    with ThreadPoolExecutor(2) as pool:
        threaded = list(pool.map(pair_of, range(20)))
    for seed, pair in enumerate(threaded):
        again = pair_of(seed)
        np.testing.assert_array_equal(pair.image0, again.image0)
        np.testing.assert_array_equal(pair.image1, again.image1)
        np.testing.assert_array_equal(pair.relation.homography, again.relation.homography)
        assert pair.turn == again.turn
    assert not np.array_equal(threaded[0].image0, threaded[1].image0)


def test_the_photograph_is_left_as_it_is(photograph):
    before = photograph.copy()
    make_pair(photograph, np.random.default_rng(0), PairOptions())
    np.testing.assert_array_equal(photograph, before)


# --- mistakes


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("size", 15, "an integer from 16 to 4,096, got 15"),
        ("max_zoom", 0.9, "a number from 1 to 8, got 0.9"),
        ("max_tilt", 0.25, "a number from 0 to 0.24, got 0.25"),
        ("max_shear", -0.1, "a number from 0 to 0.5, got -0.1"),
        ("max_shift", 1.1, "a number from 0 to 1, got 1.1"),
        ("num_turns", 0, "an integer from 1 to 64, got 0"),
        ("upright_share", 1.5, "a number from 0 to 1, got 1.5"),
        ("photometric", -1, "a number from 0 to 1, got -1"),
    ],
)
def test_options_out_of_range_are_refused(field, value, expected):
    with pytest.raises(ValueError, match=f"^{field}: expected {expected}$"):
        PairOptions(**{field: value})


@pytest.mark.parametrize("field", ["size", "max_zoom", "max_tilt", "num_turns", "photometric"])
def test_options_that_are_no_numbers_are_refused(field):
    with pytest.raises(TypeError, match=f"^{field}: expected an? (integer|number) from .* got 'x'"):
        PairOptions(**{field: "x"})


def test_a_wrong_strength_is_refused():
    with pytest.raises(ValueError, match=r"^strength: expected a number from 0 to 1, got 1\.1$"):
        make_pair(noise(50, 50), np.random.default_rng(0), PairOptions(), 1.1)


def test_a_wrong_photograph_is_refused():
    with pytest.raises(ValueError, match=r"^photograph: expected shape"):
        make_pair(noise(50, 50, 4), np.random.default_rng(0), PairOptions())
    with pytest.raises(TypeError, match=r"^photograph: expected uint8, got float64$"):
        make_pair(np.zeros((50, 50)), np.random.default_rng(0), PairOptions())
