"""JSON documents: every key is explained, every number is finite and that of the result."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, isfinite, nan
from pathlib import Path

import numpy as np
import pytest
from drawn_pictures import make_features, make_image, make_result, no_model

import featmatch
from featmatch.geometry.shared_part import SharedPart
from featmatch.plain import to_json
from featmatch.report import FEATURES_JSON_KEYS, JSON_KEYS
from featmatch.report.match.document import features_document, match_document

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ROOM = SAMPLES / "room_0.jpg", SAMPLES / "room_1.jpg"


@pytest.fixture(scope="module")
def result():
    pair = SAMPLES / "poster_0.jpg", SAMPLES / "poster_1.jpg"
    return featmatch.match(*pair, max_size=300, max_keypoints=500)


def key_paths(value, path=""):
    """Every key of a document as `JSON_KEYS` writes it: ``object.key`` and ``list[].key``."""
    if isinstance(value, dict):
        inner = f"{path}." if path else ""
        return {name for key in value for name in key_paths(value[key], f"{inner}{key}")}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {name for item in value for name in key_paths(item, f"{path}[]")}
    return {path}


def numbers(value):
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from numbers(item)
    elif isinstance(value, float | int):
        yield value


def test_every_key_of_a_match_is_explained_once(result):
    posed = featmatch.match(*ROOM, max_size=300, camera=(800, 449.5, 337))
    assert posed.pose
    triangle = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])
    seconds = posed.seconds | {"search": 0.5}
    whole = replace(posed, part=SharedPart(triangle, triangle), seconds=seconds)
    assert key_paths(whole.to_dict()) == set(JSON_KEYS)
    rare = "pose.", "part.", "seconds.search"
    plain = {"pose", "part", *(key for key in JSON_KEYS if not key.startswith(rare))}
    assert key_paths(match_document(result)) == plain
    blank = np.zeros((30, 40), np.uint8)
    assert key_paths(featmatch.match(blank, blank).to_dict()) == plain


def test_every_key_of_features_is_explained_once(result):
    document = features_document([(result.image0.name, result.features0)])
    assert key_paths(document) == set(FEATURES_JSON_KEYS)


@pytest.mark.parametrize("explained", [JSON_KEYS, FEATURES_JSON_KEYS])
def test_explanations_are_a_unit_and_a_meaning(explained):
    for unit, meaning in explained.values():
        assert unit in ("", "px", "px to px", "rad", "s", "0 to 1", "bits or 1")
        assert meaning
    for key, (unit, _) in explained.items():
        name = key.split(".")[-1]
        if name.startswith(("points", "keypoints", "residuals")) or name.endswith("error"):
            assert unit == "px"


@pytest.mark.parametrize("num", [0, 1, 2])
def test_numbers_are_finite_even_without_a_model(num):
    document = json.loads(to_json(match_document(no_model(num))), parse_constant=pytest.fail)
    assert all(isfinite(number) for number in numbers(document))
    assert document["geometry"]["matrix"] is None
    assert document["geometry"]["median_error"] is None
    assert document["matches"]["residuals"] == [None] * num
    assert len(document["matches"]["points0"]) == num


def test_a_document_survives_json(result):
    document = match_document(result)
    assert json.loads(to_json(document), parse_constant=pytest.fail) == document
    assert all(isfinite(number) for number in numbers(document))
    assert result.to_dict() == document


def test_a_document_tells_the_result(result):
    document = match_document(result)
    matches, geometry = document["matches"], document["geometry"]
    close = {"rtol": 0, "atol": 5.1e-5}  # rounded to 1e-4
    np.testing.assert_allclose(matches["points0"], result.points0, **close)
    np.testing.assert_allclose(matches["points1"], result.points1, **close)
    np.testing.assert_allclose(matches["residuals"], result.geometry.residuals, **close)
    np.testing.assert_array_equal(matches["indices"], result.matches.indices)
    np.testing.assert_array_equal(matches["inliers"], result.inliers)
    np.testing.assert_array_equal(geometry["homography"], result.homography)
    assert geometry["fundamental"] is None
    assert document["num_matches"] == len(result.matches)
    assert document["num_inliers"] == sum(matches["inliers"])
    residuals = np.array(matches["residuals"])[matches["inliers"]]
    assert geometry["median_error"] == pytest.approx(np.median(residuals), abs=1e-4)
    assert (document["image0"]["width"], document["image0"]["height"]) == (900, 675)
    assert document["image0"]["pixel_size"] == 3
    assert document["image0"]["num_keypoints"] == len(result.features0)


def test_features_are_told_as_they_are():
    features = make_features(make_image(40, 30), np.array([[1.5, 2.25], [39, 29]]))
    (found,) = features_document([("a.jpg", features)])["images"]
    assert found["keypoints"] == [[1.5, 2.25], [39, 29]]
    assert found["scores"] == [0, 1]
    assert found["scales"] == [10, 10]
    assert found["angles"] == [1.5708, 1.5708]
    assert (found["name"], found["width"], found["height"]) == ("a.jpg", 40, 30)


def test_json_is_one_line_a_key():
    lines = to_json(match_document(make_result())).splitlines()
    assert (lines[0], lines[-1]) == ("{", "}")
    assert len(lines) == 2 + len(match_document(make_result()))


@pytest.mark.parametrize("number", [nan, inf])
def test_json_has_no_numbers_that_json_lacks(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json({"confidence": number})


def test_json_is_plain_ascii_whatever_the_name():
    result = make_result(names=('写 "真".jpg', "\n\udcff.jpg"))
    text = to_json(match_document(result))
    assert text.isascii()
    assert json.loads(text)["image1"]["name"] == "\n\udcff.jpg"
