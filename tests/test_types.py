"""The values check themselves when made, and stay as they are."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from featmatch import Features, Matches, TwoViewGeometry, Verdict


def features(num=2, **changed):
    fields = {
        "keypoints": np.zeros((num, 2), np.float32),
        "descriptors": np.zeros((num, 4), np.float32),
        "scores": np.zeros(num, np.float32),
        "scales": np.ones(num, np.float32),
        "angles": np.zeros(num, np.float32),
        "image_size": (640, 480),
        "method": "orb",
    }
    return Features(**(fields | changed))


def matches(num=2, **changed):
    fields = {
        "indices": np.zeros((num, 2), np.int64),
        "distances": np.zeros(num, np.float32),
        "ratios": np.ones(num, np.float32),
    }
    return Matches(**(fields | changed))


def geometry(num=2, **changed):
    fields = {
        "kind": "homography",
        "matrix": np.eye(3),
        "inliers": np.ones(num, bool),
        "residuals": np.zeros(num),
        "max_error": 3.0,
    }
    return TwoViewGeometry(**(fields | changed))


ARRAYS = {
    features: ("keypoints", "descriptors", "scores", "scales", "angles"),
    matches: ("indices", "distances", "ratios"),
    geometry: ("matrix", "inliers", "residuals"),
}
every_array = pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make, names in ARRAYS.items() for name in names]
)


@every_array
def test_arrays_are_read_only_and_the_callers_is_not(make, name):
    given = np.array(getattr(make(), name))
    made = make(**{name: given})
    with pytest.raises(ValueError, match="read-only"):
        getattr(made, name)[...] = 0
    assert given.flags.writeable
    given[...] = 1


@every_array
def test_fields_are_frozen(make, name):
    with pytest.raises(FrozenInstanceError):
        setattr(make(), name, None)


@every_array
@pytest.mark.parametrize("num", [0, 1, 2, 7])
def test_any_number_of_rows(make, name, num):
    made = make(num)
    assert getattr(made, name).dtype == getattr(make(), name).dtype
    if name != "matrix":
        assert len(getattr(made, name)) == num
    if make is not geometry:
        assert len(made) == num


@every_array
def test_wrong_dtype(make, name):
    given = np.asarray(getattr(make(), name)).astype(complex)
    with pytest.raises(TypeError, match=f"^{name}: expected .* values, got complex128$"):
        make(**{name: given})


@every_array
@pytest.mark.parametrize("flaw", ["scalar", "short", "extra axis"])
def test_wrong_shape(make, name, flaw):
    given = np.array(getattr(make(), name))
    given = {"scalar": given.ravel()[0], "short": given[:1], "extra axis": given[None]}[flaw]
    names = "|".join(ARRAYS[make])  # the number of rows may be another field's mistake
    with pytest.raises(ValueError, match=rf"^({names}): expected shape \(.*\), got \("):
        make(**{name: given})


@pytest.mark.parametrize(
    ("make", "name"),
    [(features, name) for name in ARRAYS[features]]
    + [(matches, "distances"), (matches, "ratios"), (geometry, "matrix")],
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity(make, name, value):
    given = np.array(getattr(make(), name))
    given.flat[-1] = value
    with pytest.raises(ValueError, match=f"^{name}: expected finite values, got "):
        make(**{name: given})


def test_residuals_are_infinite_without_a_model_but_never_nan():
    assert not geometry(kind="none", matrix=None, residuals=np.full(2, np.inf))
    with pytest.raises(ValueError, match=r"^residuals: expected "):
        geometry(residuals=np.array([0, np.nan]))


@pytest.mark.parametrize(
    ("norm", "dtype", "wrong"),
    [
        ("l2", np.float32, np.complex64),
        ("hamming", np.uint8, np.float32),
        ("hamming2", np.uint8, np.int8),
        ("hamming", np.uint8, np.uint16),
    ],
)
def test_descriptors_suit_their_norm(norm, dtype, wrong):
    made = features(descriptors=np.full((2, 4), 3, dtype), norm=norm)
    assert made.descriptors.dtype == dtype
    assert made.norm == norm
    with pytest.raises(TypeError, match=f"^descriptors: expected {np.dtype(dtype)} values, got "):
        features(descriptors=np.full((2, 4), 3, wrong), norm=norm)


def test_unknown_norm():
    with pytest.raises(
        ValueError, match=r"^norm: expected one of l2, hamming, hamming2, got 'l1'$"
    ):
        features(norm="l1")


def test_floats_of_other_precision_and_lists_are_taken():
    made = features(
        keypoints=[[1, 2], [3, 4.5]], scores=np.array([1, 2]), scales=np.float16([1, 2])
    )
    np.testing.assert_array_equal(made.keypoints, [[1, 2], [3, 4.5]])
    for name in ("keypoints", "scores", "scales"):
        assert getattr(made, name).dtype == np.float32
    assert matches(indices=np.zeros((2, 2), np.int32)).indices.dtype == np.int64


def test_indices_are_whole_numbers():
    with pytest.raises(TypeError, match=r"^indices: expected int64 values, got float64$"):
        matches(indices=np.zeros((2, 2)))


def test_text():
    assert repr(features()) == "Features(2 orb keypoints in 640 x 480 px)"
    assert repr(matches()) == "Matches(2)"
    assert repr(geometry()) == "TwoViewGeometry(homography, 2 of 2 inliers)"
    none = geometry(kind="none", matrix=None, reason="too few matches")
    assert repr(none) == "TwoViewGeometry(none: too few matches)"


@pytest.mark.parametrize("kind", ["homography", "fundamental", "essential", "affine", "similarity"])
def test_a_model_is_true_and_none_is_false(kind):
    assert geometry(kind=kind)
    with pytest.raises(ValueError, match=r"^matrix: expected "):
        geometry(kind=kind, matrix=None)


def test_no_model():
    none = geometry(kind="none", matrix=None, inliers=np.zeros(2, bool))
    assert not none
    assert none.num_inliers == 0
    assert none.homography is none.fundamental is None
    with pytest.raises(ValueError, match=r"^matrix: expected None "):
        geometry(kind="none")


def test_unknown_kind():
    with pytest.raises(ValueError, match=r"^kind: expected .*homography.*, got 'trifocal'$"):
        geometry(kind="trifocal")


@pytest.mark.parametrize("kind", ["homography", "affine", "similarity"])
def test_maps_are_homographies(kind):
    made = geometry(kind=kind, matrix=np.diag([2.0, 2, 1]))
    np.testing.assert_array_equal(made.homography, np.diag([2, 2, 1]))
    assert made.fundamental is None


def test_fundamental_matrix_of_an_essential_one():
    """A step to the right, seen by two cameras: points of one row stay in their row."""
    camera0, camera1 = np.diag([500.0, 500, 1]), np.diag([400.0, 400, 1])
    camera0[:2, 2], camera1[:2, 2] = (320, 240), (300, 200)
    essential = np.array([[0, 0, 0], [0, 0, -1], [0, 1.0, 0]])
    made = geometry(kind="essential", matrix=essential, intrinsics0=camera0, intrinsics1=camera1)
    point = np.array([0.3, -0.2, 2.0])
    x0, x1 = camera0 @ point, camera1 @ (point + np.array([1, 0, 0]))
    assert made.homography is None
    assert abs(x1 @ made.fundamental @ x0) < 1e-9 * np.linalg.norm(x0) * np.linalg.norm(x1)
    assert np.linalg.norm(made.fundamental) == pytest.approx(1)
    assert abs(x1 @ made.fundamental @ (x0 + np.array([0, 50, 0]))) > 1e-3


def test_inliers_are_counted():
    assert geometry(3, inliers=np.array([True, False, True])).num_inliers == 2


@pytest.mark.parametrize("accepted", [True, False])
def test_verdict_is_true_where_accepted(accepted):
    verdict = Verdict("scene" if accepted else "none", 0.7, -3.0, "why")
    assert bool(verdict) is accepted
    assert verdict == Verdict("scene" if accepted else "none", 0.7, -3.0, "why")
    with pytest.raises(FrozenInstanceError):
        verdict.accepted = not accepted


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match=r"^confidence: expected a number from 0 to 1, got "):
        Verdict("scene", confidence, -3.0, "why")


def test_misspelt_field_is_refused():
    with pytest.raises(TypeError, match="keypoint"):
        features(keypoint=np.zeros((2, 2)))
