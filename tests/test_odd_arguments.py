"""Every public function tells a caller's mistake as what was expected, whatever it is given."""

from __future__ import annotations

import inspect

import cv2
import numpy as np
import pytest

import featmatch
from featmatch import FeatmatchError

ODD = {
    "huge integer": 10**400,
    "tiny number": 1e-300,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "None": None,
    "text": "x",
    "no text": "",
    "text with a zero": "a\0b",
    "text that no file is named by": "\ud800",
    "bytes": b"x",
    "complex": 1j,
    "True": True,
    "float": 1.0,
    "negative": -1,
    "empty list": [],
    "ragged list": [[1], [1, 2]],
    "mapping": {},
    "set": {1},
    "pair": (1, 2),
    "object": object(),
    "function": len,
    "array": np.zeros((3, 3)),
    "complex array": np.zeros((3, 3), complex),
    "array of objects": np.array([None, object()]),
    "array of texts": np.array([["a"] * 3] * 3),
    "array of NaN": np.full((80, 100), np.nan),
}
NOT_CALLED = {
    "get_num_threads": "takes nothing",
    "compare_cnn": "takes half a minute where an argument is right after all",
    "train": "takes half a minute where an argument is right after all",
    "bench": "takes half a minute where an argument is right after all",
}
RESULTS = (
    *("Alignment", "Placement", "Placements"),
    *("BenchResult", "Comparison", "Image", "MatchResult", "RelativePose", "Step", "Suite"),
    *("SuitePair", "TrainedNetwork", "Verification"),
)
"""What functions return; nobody makes them."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Arguments that each public function takes: name -> keywords."""
    folder = tmp_path_factory.mktemp("odd")
    noise = np.random.default_rng(0).integers(0, 255, (80, 100), np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), 1.2)
    result = featmatch.match(image, image, method="orb")
    features, matches = result.features0, result.matches
    view, pipeline = featmatch.View.read(image), featmatch.METHODS["orb"]
    featmatch.save_features(features, folder / "f.npz")
    featmatch.save_matches(matches, features, result.features1, folder / "m.npz")
    photographs = folder / "photographs"
    photographs.mkdir()
    cv2.imwrite(str(photographs / "a.png"), image)
    cv2.imwrite(str(photographs / "b.png"), image[10:])
    collected = featmatch.collect(photographs, folder / "collected", method="orb")
    np.savez(photographs / "a.npz", keypoints=features.keypoints, descriptors=np.eye(len(features)))
    both = {"features0": features, "features1": result.features1}
    images = {"image0": image, "image1": image}
    given = {
        "match": images | {"method": "orb"},
        "detect": {"image": image},
        "align": {"moving": image, "fixed": image, "method": "orb"},
        "locate": {"sought": image, "scenes": [image]},
        "collect": {"folder": photographs, "out": folder / "new", "method": "orb"},
        "Collection": {"out": collected.out},
        "merge_collections": {"out": folder / "merged", "parts": [collected.out]},
        "import_features": {
            "folder": photographs,
            "out": folder / "imported",
            "features": photographs,
        },
        "verify": images | {"matches": (result.points0, result.points1)},
        "read_image": {"source": image},
        "explain": {"topic": "padding", "image": image},
        "match_descriptors": {
            "descriptors0": features.descriptors,
            "descriptors1": features.descriptors,
            "norm": "hamming",
        },
        "features_from_points": {
            "points": [[10.0, 20.0]],
            "descriptors": [[0.6, 0.8]],
            "image_size": (640, 480),
        },
        "features_from_cv": {
            "keypoints": featmatch.features_to_cv(features),
            "descriptors": features.descriptors,
            "image_size": (100, 80),
            "method": "mine",
        },
        "features_to_cv": {"features": features},
        "matches_from_cv": {"matches": featmatch.matches_to_cv(matches)},
        "matches_to_cv": {"matches": matches},
        "save_features": {"features": features, "path": folder / "new.npz"},
        "load_features": {"path": folder / "f.npz"},
        "load_all_features": {"path": folder / "f.npz"},
        "save_matches": both | {"matches": matches, "path": folder / "new.npz"},
        "load_matches": both | {"path": folder / "m.npz"},
        "read_matches": {"source": np.zeros((0, 4))},
        "read_suite": {"path": "samples"},
        "save_network": {"path": folder / "n.npz", "network": featmatch.load_network()},
        "load_network": {"path": None},
        "set_num_threads": {"num_threads": featmatch.get_num_threads()},
        "Correspondences": {"points0": result.points0, "points1": result.points1},
        "PointMatches": {"points0": result.points0, "points1": result.points1},
        "View": {"image": view.image},
        "MatchedPair": both | {"view0": view, "view1": view, "matches": matches},
        "Pipeline": {"extractor": pipeline.extractor},
    }
    for one in (features, matches, result.geometry, result.verdict):
        kind = type(one)
        given[kind.__name__] = {
            name: getattr(one, name) for name in inspect.signature(kind).parameters
        }
    return given


def public_functions():
    names = [name for name in featmatch.__all__ if callable(getattr(featmatch, name))]
    errors = [name for name in names if name.endswith("Error")]
    protocols = ["FeatureMatcher"]
    return sorted({*names} - {*errors, *protocols, *RESULTS, *NOT_CALLED})


@pytest.mark.parametrize("name", public_functions())
def test_an_odd_argument_is_told_as_what_was_expected(monkeypatch, tmp_path, sound, name):
    monkeypatch.chdir(tmp_path)  # some write to where a name leads
    function = getattr(featmatch, name)
    arguments = sound.get(name, {})
    foreign = []
    for parameter in inspect.signature(function).parameters:
        for kind, value in ODD.items():
            if (parameter, kind) == ("progress", "function"):
                continue  # it is one, whose own errors are told as they are
            try:
                function(**arguments | {parameter: value})
            except FeatmatchError:
                continue
            except Exception as error:
                foreign.append(f"{parameter} = {kind}: {type(error).__name__}: {error}")
    assert not foreign, "\n".join(foreign)
    featmatch.set_num_threads(**sound["set_num_threads"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: featmatch.Estimator(10**400), "max_error: expected a number from 1e-06 to 1e+06"),
        (lambda: featmatch.Estimator(1e-300), "max_error: expected a number from 1e-06 to 1e+06"),
        (lambda: featmatch.features_to_cv(None), "features: expected an object of type Features"),
        (lambda: featmatch.match("a", "b", method=[]), "method: expected one of auto, orb"),
        (lambda: featmatch.match("a", "b", effort=3), "effort: expected one of fast, normal"),
        (lambda: featmatch.match("a", "b", seed=1.0), "seed: expected an integer from 0"),
        (lambda: featmatch.load_features(3), "path: expected a path, got 3"),
    ],
)
def test_the_sentence_says_what_was_expected(call, message):
    with pytest.raises(featmatch.ArgumentError) as error:
        call()
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("camera", [(1j, 2, 3), np.eye(3) * 1j, ["a", "b", "c"], 10**400])
def test_a_camera_that_is_none_is_told(camera):
    image = np.zeros((20, 30), np.uint8)
    with pytest.raises(featmatch.ArgumentError, match=r"^camera[01]: expected \(3, 3\) numbers"):
        featmatch.match(image, image, method="orb", camera=(camera, camera))


def test_a_mask_of_nan_is_told():
    image = np.zeros((20, 30), np.uint8)
    with pytest.raises(featmatch.ArgumentError, match=r"^mask: expected 0 or other numbers, got N"):
        featmatch.detect(image, mask=np.full((20, 30), np.nan))


def test_an_image_that_shrinks_to_nothing_names_the_option():
    wide = np.random.default_rng(0).integers(0, 255, (64, 20_000), np.uint8)
    result = featmatch.match(wide, wide, method="orb")
    assert (
        "image 0 was made 1600 x 5 pixels; a larger --max-size (max_size)" in result.verdict.reason
    )
    blank = np.zeros((600, 800), np.uint8)
    assert "max-size" not in featmatch.match(blank, blank, method="orb").verdict.reason
