"""All models of two images at once: looked at in the images, polished, freed of a plane."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from two_view_scenes import SIZE, make_scene, random_points

from featmatch import METHODS
from featmatch.geometry import seen_plane, two_views
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.polish import Polished
from featmatch.geometry.two_views import TwoViews
from featmatch.images.image import read_image
from featmatch.images.view import Reading, View

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BOTH = ("homography", "fundamental")


def views_of(points0, points1, **options):
    ratios = np.full(len(points0), 0.7)
    return TwoViews(Correspondences(points0, points1, ratios, (SIZE, SIZE)), **options)


@cache
def poster(max_size=1600):
    """The poster as matched by ORB, with and without its images."""
    views = tuple(
        View.read(SAMPLES / f"poster_{number}.jpg", reading=Reading(max_size=max_size))
        for number in (0, 1)
    )
    features = [METHODS["orb"].extract(view) for view in views]
    matches = METHODS["orb"].matcher.match(*features)
    matched = Correspondences.of(*features, matches)
    return TwoViews(matched), TwoViews(matched, views)


class NeverAsked(Estimator):
    """Finds no model, and says so."""

    def estimate(self, kind, matched, *, seed=0):
        raise AssertionError(f"{kind} was estimated again")


def test_models_that_are_known_are_not_estimated_again():
    blind, seeing = poster()
    known = blind.estimate_models(Estimator(), BOTH)
    models = seeing.weigh_models(NeverAsked(), BOTH, estimated=known)
    again = seeing.weigh_models(Estimator(), BOTH)
    for kind in BOTH:
        np.testing.assert_array_equal(models[kind].geometry.matrix, again[kind].geometry.matrix)
        assert models[kind].log10_false_alarms == again[kind].log10_false_alarms


def test_without_images_a_homography_has_a_predicted_error_and_is_not_found():
    scene = make_scene("homography", 0, wrong=0.3)
    models = views_of(scene.points0, scene.points1).weigh_models(Estimator(), BOTH)
    assert list(models) == list(BOTH)
    plane = models["homography"]
    assert plane.patch_agreement is None
    assert plane.plausible
    assert 0.01 < plane.geometry.predicted_error < 1
    assert models["fundamental"].geometry.predicted_error is None


@pytest.mark.parametrize("max_size", [1600, 450])
def test_with_images_it_is_polished_and_found(max_size):
    blind, seeing = poster(max_size)
    before, after = (
        views.weigh_models(Estimator(), ["homography"])["homography"] for views in (blind, seeing)
    )
    assert after.patch_agreement > 0.6
    assert after.beyond_doubt
    assert after.geometry.predicted_error < before.geometry.predicted_error
    assert not np.array_equal(after.geometry.matrix, before.geometry.matrix)
    np.testing.assert_array_equal(
        after.geometry.inliers, after.geometry.residuals <= after.geometry.max_error
    )


def nudged(matrix, pixels):
    return np.array([[1.0, 0, pixels], [0, 1, 0], [0, 0, 1]]) @ matrix


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (lambda matrix: np.diag([2.0, 2, 1]), False),
        (lambda matrix: nudged(matrix, 2.5), False),
        (lambda matrix: nudged(matrix, 0.1), True),
    ],
    ids=["loses the matches", "farther from the matches", "as near"],
)
def test_a_polished_homography_is_taken_if_the_matches_agree_as_well(monkeypatch, change, kept):
    blind, seeing = poster()
    before = blind.weigh_models(Estimator(), ["homography"])["homography"]
    points = np.zeros((20, 2))
    moved = Polished(change(before.geometry.matrix), points, points, 0.9, predicted_error=0.1)
    monkeypatch.setattr(seen_plane, "polish_homography", lambda *_: moved)
    after = seeing.weigh_models(Estimator(), ["homography"])["homography"]
    expected = moved.homography if kept else before.geometry.matrix
    np.testing.assert_array_equal(after.geometry.matrix, expected)
    assert after.patch_agreement == 0.9
    assert (after.geometry.predicted_error == 0.1) == kept


def test_what_chance_explains_is_not_looked_at():
    rng = np.random.default_rng(0)
    _, seeing = poster()
    matched = Correspondences(random_points(rng, 40), random_points(rng, 40), np.full(40, 0.7))
    lost = replace(seeing, matched=matched)
    models = lost.weigh_models(Estimator(), BOTH)
    assert models["homography"].log10_false_alarms == 0
    assert models["homography"].patch_agreement is None


@pytest.mark.parametrize("num", [0, 1, 2, 4])
def test_few_matches_are_ordinary(num):
    points = random_points(np.random.default_rng(num), num)
    models = views_of(points, points).weigh_models(Estimator(), BOTH)
    assert all(one.log10_false_alarms == 0 for one in models.values())


def test_only_a_fundamental_matrix_is_freed_of_a_plane():
    scene = make_scene("fundamental", 0, wrong=0.2)
    views = views_of(scene.points0, scene.points1)
    models = views.weigh_models(Estimator(), BOTH)
    assert views.resolve(models["homography"], models) is models["homography"]
    sound = models["fundamental"]
    assert views.resolve(sound, models) is sound


def test_a_fundamental_matrix_of_another_epipole_is_taken_with_its_own_inliers(monkeypatch):
    scene = make_scene("fundamental", 1, wrong=0.2)
    views = views_of(scene.points0, scene.points1)
    models = views.weigh_models(Estimator(), BOTH)
    other = np.array([[0, -1e-3, 0.1], [1e-3, 0, -0.5], [-0.1, 0.5, 0]])
    monkeypatch.setattr(two_views, "resolve_dominant_plane", lambda *_, **__: other)
    resolved = views.resolve(models["fundamental"], models)
    np.testing.assert_array_equal(resolved.geometry.matrix, other)
    assert resolved.geometry.num_inliers < models["fundamental"].geometry.num_inliers
    np.testing.assert_array_equal(
        resolved.geometry.inliers, resolved.geometry.residuals <= resolved.geometry.max_error
    )


def test_a_thin_overlap_is_found_although_the_pictures_mirror_more_of_each_other():
    """Matches of a strip of 13 px lie on a line: what the picture repeats agrees with more."""
    pixels = read_image(SAMPLES / "gallery_1.jpg").pixels
    top, strip = pixels.shape[0] // 2, 13
    views = View.read(pixels[: top + strip]), View.read(pixels[top:])
    found = METHODS["sift"].match(*views)
    assert found.verdict.accepted
    shift = np.array([[1, 0, 0], [0, 1, -top], [0, 0, 1.0]])
    middle = np.array([[50, top + 6, 1], [450, top + 6, 1], [850, top + 6, 1.0]])
    mapped = middle @ found.homography.T
    np.testing.assert_allclose(
        mapped[:, :2] / mapped[:, 2:], (middle @ shift.T)[:, :2], rtol=0, atol=0.1
    )
