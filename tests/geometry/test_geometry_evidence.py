"""A plane or depth: the choice on scenes made of one or the other."""

from dataclasses import replace

import numpy as np
import pytest
from two_view_scenes import make_scene, random_points

from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.evidence import Evidence, choose, weigh
from featmatch.geometry.plausibility import Flaw
from featmatch.geometry.residuals import transfer
from featmatch.types import TwoViewGeometry

NONE = TwoViewGeometry("none", None, np.zeros(9, bool), np.full(9, np.inf), 3.0, "no luck")


def weighed(kind, points0, points1, ratios=None, **options):
    ratios = np.full(len(points0), 0.7) if ratios is None else ratios
    matched = Correspondences(points0, points1, ratios)
    geometry = Estimator().estimate(kind, matched)
    return weigh(geometry, replace(matched, **options))


def both(points0, points1):
    return [weighed(kind, points0, points1) for kind in ("homography", "fundamental")]


def invented(kind, log10_false_alarms):
    found = TwoViewGeometry(kind, np.eye(3), np.ones(9, bool), np.zeros(9), 3.0)
    return Evidence(found, log10_false_alarms)


@pytest.mark.parametrize("wrong", [0.2, 0.5])
@pytest.mark.parametrize("seed", range(6))
def test_a_plane_is_a_homography(seed, wrong):
    scene = make_scene("homography", seed, wrong=wrong)
    homography, fundamental = both(scene.points0, scene.points1)
    assert choose(homography, fundamental).geometry.kind == "homography"
    assert homography.log10_false_alarms < -100
    assert homography.flaw is None


@pytest.mark.parametrize("wrong", [0.2, 0.5])
@pytest.mark.parametrize("seed", range(6))
def test_depth_is_a_fundamental_matrix(seed, wrong):
    scene = make_scene("fundamental", seed, wrong=wrong)
    chosen = choose(*both(scene.points0, scene.points1))
    assert chosen.geometry.kind == "fundamental"
    assert (chosen.geometry.inliers == scene.is_right).mean() > 0.95


def test_the_choice_changes_nothing_but_the_reason():
    homography, fundamental = invented("homography", -100.0), invented("fundamental", -50.0)
    chosen = choose(homography, fundamental)
    assert chosen.log10_false_alarms == -100
    assert "-100 for a homography, -50 for a fundamental matrix" in chosen.geometry.reason
    assert homography.geometry.reason == ""
    unreasoned = replace(chosen.geometry, reason="")
    for name in ("kind", "matrix", "inliers", "residuals", "max_error"):
        np.testing.assert_array_equal(getattr(unreasoned, name), getattr(homography.geometry, name))


def test_the_factor_is_the_border():
    fundamental = invented("fundamental", -100.0)
    for surplus, kind in ((0.1, "homography"), (-0.1, "fundamental")):
        homography = invented("homography", -170 - surplus)
        chosen = choose(homography, fundamental)
        assert chosen.geometry.kind == kind
        assert "\n" not in chosen.geometry.reason


def test_one_model_without_the_other_and_none_at_all():
    none = Evidence(NONE, 0.0)
    assert choose(invented("homography", -1.0), none).geometry.kind == "homography"
    assert choose(invented("homography", 0.0), none).geometry.kind == "homography"
    assert choose(none, invented("fundamental", -1.0)).geometry.kind == "fundamental"
    assert choose(none, invented("fundamental", 0.0)).geometry.kind == "fundamental"
    assert choose(none, none).geometry is NONE


def test_two_models_without_evidence_are_no_choice():
    chosen = choose(invented("homography", 0.0), invented("fundamental", 0.0))
    assert chosen.geometry.reason == "neither model agrees with more matches than chance explains"


def test_matches_within_a_small_part_of_the_images_agree_for_free():
    """Random matches of two patches of 40 px, as masks leave them, anywhere in large images."""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        corners = np.array([[[900.0, 700]], [[100.0, 50]]])
        points0, points1 = corners + rng.uniform(0, 40, (2, 80, 2))
        for evidence in both(points0, points1):
            assert evidence.log10_false_alarms > -1


def test_no_model_weighs_nothing():
    points = random_points(np.random.default_rng(0), 9)
    evidence = weigh(NONE, Correspondences(points, points))
    assert evidence.geometry is NONE
    assert (evidence.log10_false_alarms, evidence.flaw) == (0.0, None)


@pytest.mark.parametrize("kind", ["homography", "fundamental"])
def test_repeating_the_matches_is_no_more_evidence(kind):
    scene = make_scene(kind, 3)
    once = weighed(kind, scene.points0, scene.points1)
    rng = np.random.default_rng(0)
    twice = [
        np.vstack([points, points + rng.uniform(-0.01, 0.01, points.shape)])
        for points in (scene.points0, scene.points1)
    ]
    again = weighed(kind, *twice)
    assert again.log10_false_alarms == pytest.approx(once.log10_false_alarms, rel=0.1)


def test_a_coarser_image_is_weaker_evidence():
    scene = make_scene("homography", 3, noise=0.5)
    fine, coarse = (
        weighed("homography", scene.points0, scene.points1, pixel_sizes=(size, size))
        for size in (1.0, 4.0)
    )
    assert fine.log10_false_alarms < coarse.log10_false_alarms < 0


@pytest.mark.parametrize("seed", range(4))
def test_models_of_a_mirrored_plane_have_a_flaw(seed):
    scene = make_scene("homography", seed)
    mirrored = (800 - scene.points1[:, 0], scene.points1[:, 1])
    homography, fundamental = both(scene.points0, np.column_stack(mirrored))
    assert homography.flaw is Flaw.MIRRORS
    assert fundamental.flaw is Flaw.MIRRORS


def test_outliers_beyond_the_horizon_are_no_flaw():
    fall = np.array([[1.0, 0, 0], [0, 1, 0], [-1 / 600, 0, 1]])  # the column 600 is the horizon
    rng = np.random.default_rng(0)
    right = rng.uniform((0, 0), (400, 600), (60, 2))
    wrong = rng.uniform((650, 0), (800, 600), (20, 2))
    points1 = np.vstack([transfer(fall, right), random_points(rng, 20)])
    evidence = weighed("homography", np.vstack([right, wrong]), points1)
    assert evidence.geometry.inliers.tolist() == [True] * 60 + [False] * 20
    assert evidence.flaw is None


def test_a_thumbnail_is_measured_in_the_pixels_worked_on():
    """Of a photograph of 6,400 px that is worked on at 1,600: nine times, not thirty-five."""
    scene = make_scene("homography", 3)
    photograph, thumbnail = scene.points0 * 4, scene.points0 / 9
    in_originals = weighed("homography", photograph, thumbnail)
    assert in_originals.flaw is Flaw.SCALES
    for points, sizes in (
        ((photograph, thumbnail), (4.0, 1.0)),
        ((thumbnail, photograph), (1.0, 4.0)),
    ):
        worked_on = weighed("homography", *points, pixel_sizes=sizes)
        assert worked_on.flaw is None
        assert worked_on.pixel_size == sizes[1]


def test_where_nearly_all_patches_agree_it_is_a_map():
    """Letters of a scrolled list match in the wrong line: lines along the columns agree too."""
    plane, lines = invented("homography", -500.0), invented("fundamental", -350.0)
    assert choose(plane, lines).geometry.kind == "fundamental"
    for agreement, kind in ((0.9, "fundamental"), (0.97, "homography")):
        chosen = choose(replace(plane, patch_agreement=agreement), lines)
        assert chosen.geometry.kind == kind
    assert "97 % of the patches" in chosen.geometry.reason
    flawed = replace(plane, patch_agreement=0.97, flaw=Flaw.SCALES)
    assert choose(flawed, lines).geometry.kind == "fundamental"
