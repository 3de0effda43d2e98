"""The steps of a pipeline one by one are the whole of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from hard_negatives import HARD_NEGATIVES, is_right

import featmatch
from featmatch import METHODS, ArgumentError, MatchedPair, Matches, MatchOptions, Reading, View
from featmatch.images.image import unseen_image

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PAIRS = {
    name: (SAMPLES / f"{name}_0.jpg", SAMPLES / f"{name}_1.jpg")
    for name in ("poster", "room", "gallery", "unrelated")
}
READING, SMALL = Reading(max_size=500), Reading(max_size=300)
HERE = [name for name, pipeline in METHODS.items() if not pipeline.extractor.unavailable]
QUICK = ("orb", "sift", "cnn")


def bits(value):
    """All that a value holds, to the bit."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if is_dataclass(value):
        return [bits(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, dict):
        return {key: bits(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [bits(each) for each in value]
    assert value is None or isinstance(value, int | float | str | bool | Enum)
    return value


def assert_verify_is_match(pipeline, view0, view1, options=None):
    result = pipeline.match(view0, view1, options)
    features = pipeline.extract(view0), pipeline.extract(view1)
    pair = MatchedPair(view0, view1, *features, pipeline.matcher.match(*features))
    pair, found = pipeline.look_again(pair, pipeline.verify(pair, options), options)
    assert bits(pair.matches) == bits(result.matches)
    assert bits(found.verdict) == bits(result.verdict)
    assert bits(found.chosen.geometry) == bits(result.geometry)
    assert bits(found.models) == bits(result.models)
    assert bits(found.pose) == bits(result.pose)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("method", HERE)
@pytest.mark.parametrize("name", PAIRS)
def test_verify_is_the_whole_stage_that_match_runs(method, name):
    reading = READING if method in QUICK else SMALL
    views = [View.read(path, reading=reading) for path in PAIRS[name]]
    found = assert_verify_is_match(METHODS[method], *views)
    if name == "unrelated":
        assert not found.verdict.accepted


@pytest.mark.slow
@pytest.mark.parametrize("method", HERE)
@pytest.mark.parametrize(
    "name", ["two pages of text", "one logo, small and large", "room, mirrored"]
)
def test_verify_judges_hard_negatives_as_match_does(method, name):
    reading = SMALL
    if method in QUICK:
        reading = Reading() if "text" in name else READING  # letters have to be read
    views = (View.read(image, reading=reading) for image in HARD_NEGATIVES[name]())
    found = assert_verify_is_match(METHODS[method], *views)
    assert is_right(name, found.verdict) or method not in QUICK


@pytest.mark.slow
@pytest.mark.parametrize("method", QUICK)
@pytest.mark.parametrize("model", ["auto", "essential", "affine"])
def test_verify_is_match_with_cameras_and_other_models(method, model):
    camera = [[800.0, 0, 449.5], [0, 790.0, 337], [0, 0, 1]]
    views = [View.read(path, camera=camera, reading=READING) for path in PAIRS["room"]]
    options = MatchOptions(model, seed=3)
    found = assert_verify_is_match(METHODS[method], *views, options)
    assert found.verdict.accepted
    assert found.pose.num_in_front > 50


def test_a_pose_is_told_of_images_that_match_alone():
    views = [
        View.read(path, camera=(900, 450, 337), reading=READING) for path in PAIRS["unrelated"]
    ]
    result = METHODS["sift"].match(*views)
    assert not result
    assert "essential" in result.models
    assert result.pose is None


def test_a_missing_camera_is_told_before_any_work(monkeypatch):
    views = [View.read(path, reading=READING) for path in PAIRS["room"]]
    monkeypatch.setattr(METHODS["orb"].extractor.__class__, "extract", None)
    with pytest.raises(ArgumentError, match="camera: expected those of both images for an ess"):
        METHODS["orb"].match(*views, MatchOptions("essential"))
    with pytest.raises(ArgumentError, match=r"view0: expected a View, see View.read, got 'a.jpg'"):
        METHODS["orb"].match("a.jpg", "b.jpg")


def test_match_is_the_pipeline_with_images_read():
    paths = PAIRS["poster"]
    whole = featmatch.match(*paths, method="orb", max_size=500, seed=3, model="homography")
    views = [View.read(path, reading=READING) for path in paths]
    result = METHODS["orb"].match(*views, MatchOptions("homography", 3))
    assert bits(whole.geometry) == bits(result.geometry)
    assert bits(whole.verdict) == bits(result.verdict)
    assert list(whole.seconds) == ["read", "extract", "match", "estimate"]


def test_a_mirror_image_is_found_out_by_verify_alone():
    """The second reading of the matches, which used to be a part of `match` only."""
    view0, view1 = map(View.read, HARD_NEGATIVES["room, mirrored"]())
    pipeline = METHODS["sift"]
    features = pipeline.extract(view0), pipeline.extract(view1)
    pair = MatchedPair(view0, view1, *features, pipeline.matcher.match(*features))
    verdict = pipeline.verify(pair).verdict
    assert not verdict.accepted
    assert "mirror" in verdict.reason


def test_matches_of_another_method_are_verified_alike():
    """The mirror image is matched by the verifying method: its own features of both images."""
    view0, view1 = (View.read(path, reading=READING) for path in PAIRS["poster"])
    sift = METHODS["sift"]
    features = sift.extract(view0), sift.extract(view1)
    pair = MatchedPair(view0, view1, *features, sift.matcher.match(*features))
    assert METHODS["orb"].verify(pair).verdict.accepted


def test_images_that_are_not_seen_are_not_looked_at():
    views = [View.read(path, reading=READING) for path in PAIRS["poster"]]
    orb = METHODS["orb"]
    features = [orb.extract(view) for view in views]
    unseen = [View(unseen_image(view.image.size, view.image.name)) for view in views]
    found = orb.verify(MatchedPair(*unseen, *features, orb.matcher.match(*features)))
    assert found.verdict.accepted
    assert found.models["homography"].patch_agreement is None
    assert found.chosen.geometry.predicted_error > 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"usable": np.ones((3, 3), np.uint8)}, r"usable: expected uint8 of shape \(20, 30\)"),
        ({"usable": np.ones((20, 30), bool)}, "usable: expected uint8 .* got bool"),
        ({"camera": np.eye(4)}, r"camera: expected a \(3, 3\)"),
    ],
)
def test_views_are_checked_when_they_are_made(values, message):
    image = featmatch.read_image(np.zeros((20, 30), np.uint8))
    with pytest.raises(ArgumentError, match=message):
        View(image, **values)


def test_matches_of_keypoints_that_are_not_there_are_refused():
    view = View.read(PAIRS["poster"][0], reading=READING)
    features = METHODS["orb"].extract(view)
    num = len(features)
    matches = Matches([[0, num]], [0.0], [0.5])
    with pytest.raises(ArgumentError, match=f"matches: expected keypoints of image 1 below {num}"):
        MatchedPair(view, view, features, features, matches)


def test_the_camera_of_an_image_read_before_is_not_asked_of_its_file():
    image = featmatch.read_image(PAIRS["poster"][0])
    with pytest.raises(ArgumentError, match=r"image: expected a file .* an Image that was read"):
        View.read(image, camera="exif")


def test_a_view_is_a_mirrored_image_with_its_mask():
    image = np.arange(20 * 30, dtype=np.float64).reshape(20, 30) / 600
    mask = np.zeros((20, 30), bool)
    mask[:, :10] = True
    view = View.read(image, mask=mask, camera=[[30, 0, 15], [0, 30, 10], [0, 0, 1]])
    mirrored = view.mirrored()
    np.testing.assert_array_equal(mirrored.image.pixels, view.image.pixels[:, ::-1])
    np.testing.assert_array_equal(mirrored.usable, 255 * mask[:, ::-1])
    assert mirrored.camera is None
    assert mirrored.image.size == view.image.size == (30, 20)
    np.testing.assert_array_equal(mirrored.mirrored().image.pixels, view.image.pixels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_size": -1}, "max_size: expected an integer of at least 0, got -1"),
        ({"max_size": 1.5}, "max_size: expected an integer"),
        ({"exif": "maybe"}, "exif: expected one of apply, ignore, got 'maybe'"),
    ],
)
def test_readings_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        Reading(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "plane"}, "model: expected one of auto, homography, .*got 'plane'"),
        ({"seed": -1}, "seed: expected an integer from 0 to 2,147,483,647, got -1"),
        ({"seed": "1"}, "seed: expected an integer"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(ArgumentError, match=message):
        MatchOptions(**options)


def test_one_camera_alone_is_refused():
    camera = np.array([[30.0, 0, 15], [0, 30, 10], [0, 0, 1]])
    image = np.zeros((20, 30), np.uint8)
    with pytest.raises(ArgumentError, match="both images or of neither, got that of image 1 alone"):
        METHODS["orb"].match(View.read(image), View.read(image, camera=camera))
