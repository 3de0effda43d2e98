"""A scene, one thing in both images, or what was laid over them: pairs whose truth is known."""

import cv2
import numpy as np
import pytest
from shared_things import (
    POSTERS,
    SAMPLES,
    calendar,
    captioned,
    form,
    framed,
    photograph,
    photographed,
    poster_pair,
    watermarked,
)

import featmatch
from featmatch.geometry.correspondences import Correspondences
from featmatch.geometry.estimate import Estimator
from featmatch.geometry.shared_part import outline_area
from featmatch.geometry.sharing import what_is_shared
from featmatch.geometry.two_views import TwoViews

pytestmark = pytest.mark.slow

METHODS = ("sift", "cnn")
PLACES = [photograph("unrelated_0.jpg"), photograph("unrelated_1.jpg")]
MATERIAL = photograph("gallery_0.jpg")


@pytest.mark.parametrize("name", POSTERS)
@pytest.mark.parametrize("method", METHODS)
def test_a_poster_is_a_part_that_is_outlined(name, method):
    images, corners = poster_pair(name)
    result = featmatch.match(*images, method=method)
    assert result.verdict.kind == "part"
    assert result.verdict.accepted
    assert "share one thing" in result.verdict.reason
    outlines = result.part.outline0, result.part.outline1
    for outline, true in zip(outlines, corners, strict=True):
        assert outline_area(outline) == pytest.approx(outline_area(true), rel=0.1)
        common, _ = cv2.intersectConvexConvex(np.float32(outline), np.float32(true))
        assert common >= 0.9 * outline_area(true)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("page", [form, calendar])
@pytest.mark.parametrize("again", [False, True], ids=["scanned", "photographed"])
def test_one_print_with_other_entries_is_no_scene(page, again, method):
    images = page(0), page(1)
    if again:
        images = photographed(images[0], 0), photographed(images[1], 1)
    verdict = featmatch.match(*images, method=method).verdict
    assert verdict.kind != "scene", verdict.reason


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "lay",
    [watermarked, captioned, lambda pixels: framed(pixels, MATERIAL)],
    ids=["watermark", "caption", "frame"],
)
def test_what_is_laid_over_images_is_no_scene(lay, method):
    result = featmatch.match(*map(lay, PLACES), method=method)
    assert result.verdict.kind != "scene", result.verdict.reason
    if "laid over" in result.verdict.reason:
        assert not result.verdict
        assert result.part is not None


@pytest.mark.parametrize("name", ["poster", "room", "gallery"])
@pytest.mark.parametrize("method", METHODS)
def test_one_place_is_a_scene(name, method):
    result = featmatch.match(
        SAMPLES / f"{name}_0.jpg", SAMPLES / f"{name}_1.jpg", method=method, max_size=800
    )
    assert result.verdict.kind == "scene", result.verdict.reason
    assert result.part is None


@pytest.mark.parametrize("name", ["poster", "room", "gallery"])
def test_a_place_is_known_under_one_watermark(name):
    images = [photograph(f"{name}_{number}.jpg") for number in (0, 1)]
    assert featmatch.match(*map(watermarked, images), method="sift").verdict


def test_a_camera_that_stays_sees_a_scene_in_other_light():
    darker = (0.6 * PLACES[0].astype(np.float64)).astype(np.uint8)
    assert featmatch.match(PLACES[0], darker, method="sift").verdict.kind == "scene"


@pytest.mark.parametrize("kind", ["scene", "part"])
def test_without_images_the_matches_tell_by_where_they_lie(kind):
    rng = np.random.default_rng(0)
    points0 = rng.uniform((0, 0), (800, 600), (120, 2))
    move = np.array([20.0, 10.0])
    points1 = points0 + move
    if kind == "part":
        outside = np.abs(points0 - (400, 300)).max(axis=1) > 150
        points1[outside] = rng.uniform((0, 0), (800, 600), (outside.sum(), 2))
        points0 = np.vstack([points0, rng.uniform((300, 200), (500, 400), (60, 2))])
        points1 = np.vstack([points1, points0[120:] + move])
    pair = TwoViews(Correspondences(points0, points1, sizes=((800, 600), (800, 600))))
    models = pair.weigh_models(Estimator(), ("homography", "fundamental"))
    sharing = what_is_shared(models["homography"], models["fundamental"], pair)
    assert sharing.kind == kind
    if kind == "part":
        assert outline_area(sharing.part.outline0) < 0.25 * 800 * 600
        assert np.allclose(sharing.part.outline1, sharing.part.outline0 + move, atol=1)
