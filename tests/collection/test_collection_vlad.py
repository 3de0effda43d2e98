"""VLAD: against the formula written out, and on images that show the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from featmatch.archives import read_archive
from featmatch.collection.vlad import (
    CODEBOOK_KIND,
    CODEBOOK_OF,
    CODEBOOKS,
    global_descriptor,
    vlad,
)
from featmatch.errors import ArgumentError, WeightsError
from featmatch.features.selection import selected
from featmatch.images.view import Reading, View
from featmatch.methods import METHODS, with_options
from featmatch.types import Features

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
floats = st.floats(-1, 1, width=16)


def made_features(num, method="sift", length=128, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.abs(rng.normal(size=(num, length))).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    ones = np.ones(num, np.float32)
    scores = rng.permutation(num).astype(np.float32)
    points = rng.uniform(0, 100, (num, 2)).astype(np.float32)
    return Features(points, rows, scores, ones, 0 * ones, (100, 100), method)


def naive_vlad(descriptors, centers):
    """Center by center, number by number, as in the paper."""
    sums = [np.zeros(len(centers[0])) for _ in centers]
    for descriptor in descriptors:
        distances = [np.linalg.norm(descriptor - center) for center in centers]
        nearest = distances.index(min(distances))
        sums[nearest] += descriptor - centers[nearest]
    parts = [part / np.linalg.norm(part) if part.any() else part for part in sums]
    roots = np.array([np.sign(x) * abs(x) ** 0.5 for part in parts for x in part])
    return roots / np.linalg.norm(roots) if roots.any() else roots


@pytest.mark.parametrize("num", [1, 5, 60])
def test_it_is_the_formula(num):
    rng = np.random.default_rng(num)
    descriptors = rng.normal(size=(num, 6)).astype(np.float32)
    centers = rng.normal(size=(4, 6)).astype(np.float32)
    np.testing.assert_allclose(
        vlad(descriptors, centers), naive_vlad(descriptors, centers), atol=2e-4
    )


@given(hnp.arrays(np.float32, st.tuples(st.integers(0, 12), st.just(3)), elements=floats))
def test_its_length_is_1_or_0(descriptors):
    centers = np.array([[0.5, 0, 0.1], [-0.5, 0.3, 0], [0, 0, -0.7]], np.float32)
    vector = vlad(descriptors, centers)
    assert vector.shape == (9,)
    assert vector.dtype == np.float32
    length = np.linalg.norm(vector)
    assert length == pytest.approx(1, abs=1e-5) or length == 0


def test_codebooks_are_those_of_the_methods():
    arrays, document = read_archive(CODEBOOKS, CODEBOOK_KIND, WeightsError)
    assert {name: array.shape for name, array in arrays.items()} == {
        "sift": (128, 128),
        "cnn": (128, 64),
    }
    assert all(array.dtype == np.float16 for array in arrays.values())
    assert document["num_photographs"] > 300
    assert set(CODEBOOK_OF.values()) == set(arrays)
    assert set(CODEBOOK_OF) <= set(METHODS)
    assert CODEBOOKS.stat().st_size < 50_000


def test_sizes_by_the_method():
    assert global_descriptor(made_features(50)).shape == (16_384,)
    assert global_descriptor(made_features(50, "cnn", 64)).shape == (8_192,)
    assert not global_descriptor(made_features(0)).any()


def test_the_order_of_keypoints_does_not_matter():
    features = made_features(40)
    turned = selected(features, np.arange(40)[::-1])
    np.testing.assert_allclose(global_descriptor(features), global_descriptor(turned), atol=1e-5)


def test_only_the_best_keypoints_count():
    features = made_features(2500)
    best = selected(features, np.flatnonzero(features.scores >= 500))
    np.testing.assert_allclose(global_descriptor(features), global_descriptor(best), atol=1e-5)


def test_other_features_have_none():
    features = made_features(5, "kaze", 64)
    with pytest.raises(ArgumentError, match=r"expected those of sift, .* got kaze"):
        global_descriptor(features)


@pytest.mark.parametrize(("method", "least"), [("sift", 6), ("cnn", 4)])
def test_images_of_the_same_are_most_alike(method, least):
    """Of three pairs and two others; the poster in the room is a small part of its image."""
    paths = sorted(SAMPLES.glob("*.jpg"))
    pipeline = with_options(METHODS[method], {"max_keypoints": 1000})
    vectors = np.stack(
        [
            global_descriptor(pipeline.extract(View.read(path, reading=Reading(max_size=640))))
            for path in paths
        ]
    )
    likeness = vectors @ vectors.T - 2 * np.eye(len(paths))
    names = [path.stem for path in paths]
    partners = [names[place] for place in likeness.argmax(axis=1)]
    right = [
        name[:-2] == partner[:-2]
        for name, partner in zip(names, partners, strict=True)
        if not name.startswith("unrelated")
    ]
    assert sum(right) >= least
