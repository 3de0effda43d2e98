"""Pairs whose truth is known: how far off each kind is, and that what it says of itself is true."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from drawn_map import aerial_and_map
from laid_pairs import FLAT, KINDS

import featmatch

pytestmark = pytest.mark.slow

CLEAN, NOISY = 0.1, 0.3  # px, mean over the overlap
MAPPED = 1.2  # px: shadows have edges, too
BENT = 0.6  # px: where a page is blank, nothing tells how it bends
UPSIDE_DOWN = "form, 180 degrees"
QUICK = {"form, 3 degrees": "sift", UPSIDE_DOWN: "sift"}


@cache
def laid(name, noisy):
    pair = KINDS[name]()
    pair = pair.noisy() if noisy else pair
    result = featmatch.align(pair.moving, pair.fixed, method=QUICK.get(name, "auto"))
    return pair, result


@pytest.mark.parametrize(
    ("name", "noisy"),
    [(name, noisy) for name in KINDS for noisy in (False, True) if noisy or name != UPSIDE_DOWN],
)
def test_pairs_are_laid_within_a_fraction_of_a_pixel(name, noisy):
    pair, result = laid(name, noisy)
    assert result, result.reason
    bound = BENT if name not in FLAT else NOISY if noisy else CLEAN
    assert pair.error(result.to_fixed) < bound
    back = pair.to_moving(pair.overlap()) - result.to_moving(pair.overlap())
    assert np.linalg.norm(back, axis=1).mean() < 2 * bound


@pytest.mark.parametrize("name", KINDS)
def test_what_bends_has_a_field_and_nothing_else_does(name):
    _, result = laid(name, True)
    assert (result.kind == "field") == (name not in FLAT)
    if name == "microscope tiles":
        assert result.kind == "translation"
    if result.field is not None:
        assert not result.field.folds()
        assert result.matrix is None


@pytest.mark.parametrize("name", FLAT)
def test_the_errors_told_are_about_the_true_ones(name):
    pair, result = laid(name, True)
    assert result.expected_error < 4 * pair.error(result.to_fixed) + 0.01
    assert pair.error(result.to_fixed) < 4 * result.expected_error + 0.02
    assert result.error_percentile(50) < 0.3 < 4 * result.error_percentile(95)


@pytest.mark.parametrize("name", KINDS)
def test_the_overlap_is_the_true_one(name):
    pair, result = laid(name, True)
    share = len(pair.overlap()) / len(pair.fixed[::8, ::8].reshape(-1, 3))
    assert result.overlap == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("name", ["two exposures", "curved page"])
def test_what_is_resampled_lies_on_the_fixed_image(name):
    """Where the moving image was blurred by nothing, it shows what the fixed one does."""
    pair, result = laid(name, False)
    aligned = result.aligned()
    assert aligned.colors.shape == pair.fixed.shape
    assert aligned.colors.dtype == np.uint8
    seen = np.zeros(aligned.colors.shape[:2], bool)
    seen[40:-40, 40:-40] = True
    seen &= aligned.opacity > 0
    correlation = np.corrcoef(aligned.colors[seen].ravel(), pair.fixed[seen].ravel())[0, 1]
    assert correlation > 0.93


def test_an_aerial_photograph_is_laid_on_a_map_by_its_edges():
    """Roofs are lighter than what is around them in the one, and darker in the other."""
    pair = aerial_and_map()
    result = featmatch.align(pair.moving, pair.fixed, method="cnn")
    assert result, result.reason
    assert result.field is None
    assert pair.error(result.to_fixed) < MAPPED


def test_the_same_images_give_the_same_alignment():
    pair, result = laid("video frames", False)
    again = featmatch.align(pair.moving, pair.fixed)
    assert np.array_equal(again.matrix, result.matrix)
    assert np.array_equal(again.aligned().colors, result.aligned().colors)


def test_an_image_is_laid_on_itself():
    pair, _ = laid("video frames", False)
    result = featmatch.align(pair.fixed, pair.fixed)
    assert result.kind == "translation"
    assert np.abs(result.matrix - np.eye(3)).max() < 1e-6
    assert np.array_equal(result.aligned().colors, pair.fixed)


@pytest.mark.parametrize("model", ["similarity", "affine", "homography", "field"])
def test_the_kind_that_is_asked_for_is_given(model):
    pair, _ = laid("video frames", True)
    result = featmatch.align(pair.moving, pair.fixed, model=model)
    assert result.kind == model
    assert pair.error(result.to_fixed) < (0.3 if model == "field" else 0.05)
