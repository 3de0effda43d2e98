"""The probabilities of the verdict, and the record of where they come from."""

import json
from dataclasses import replace
from importlib.resources import files
from math import exp, log

import numpy as np
import pytest

from featmatch.geometry.calibration import (
    evidence_values,
    homography_values,
    model_probability,
    same_scene_probability,
)
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.plausibility import Flaw
from featmatch.geometry.verdict import ACCEPTED_BELOW
from featmatch.types import TwoViewGeometry

RECORD = json.loads(
    files("featmatch.geometry").joinpath("calibration.json").read_text(encoding="utf-8")
)
FITS = ("same scene", "homography", "fundamental")


def evidence(kind, exponent, predicted_error=None, **options):
    geometry = TwoViewGeometry(kind, np.eye(3), np.ones(9, bool), np.zeros(9), 3.0)
    return Evidence(replace(geometry, predicted_error=predicted_error), -exponent, **options)


def test_the_same_scene_grows_likelier_with_the_evidence():
    values = [same_scene_probability(-float(exponent)) for exponent in range(2000)]
    assert (np.diff(values) >= 0).all()
    assert values[0] < 0.5 < same_scene_probability(ACCEPTED_BELOW) < values[100] <= 1
    assert same_scene_probability(50.0) == values[0]  # more than one false alarm is no evidence
    assert same_scene_probability(-1e300) <= 1


def test_a_homography_is_likelier_the_more_evidence_and_the_more_of_it_is_found():
    for weaker, stronger in (
        (
            evidence("homography", 9, 0.5, patch_agreement=0.5),
            evidence("homography", 90, 0.5, patch_agreement=0.5),
        ),
        (
            evidence("homography", 90, 0.5, patch_agreement=0.1),
            evidence("homography", 90, 0.5, patch_agreement=0.6),
        ),
    ):
        assert model_probability(weaker) < model_probability(stronger)
    assert model_probability(evidence("homography", 300, 0.05, patch_agreement=0.9)) > 0.9
    assert model_probability(evidence("homography", 9, 3.0, patch_agreement=0.05)) < 0.5


def test_a_fundamental_matrix_is_likelier_the_more_evidence():
    values = [
        model_probability(evidence("fundamental", exponent, neighbor_consistency=1.0))
        for exponent in (1, 10, 100, 1000)
    ]
    assert (np.diff(values) > 0).all()
    assert values[-1] > 0.95
    assert model_probability(evidence("essential", 100)) == values[2]


def test_no_model_is_never_right():
    none = TwoViewGeometry("none", None, np.zeros(9, bool), np.full(9, np.inf), 3.0, "no luck")
    assert model_probability(Evidence(none, 0.0)) == 0
    assert (
        model_probability(evidence("homography", 50, 0.1, patch_agreement=0.9, flaw=Flaw.MIRRORS))
        == 0
    )
    assert model_probability(evidence("fundamental", 0, neighbor_consistency=1.0)) == 0


def test_depth_speaks_against_a_homography():
    plane, scene = (
        evidence("homography", 50, patch_agreement=0.5, epipolar_ratio=ratio)
        for ratio in (0.5, 1.0)
    )
    assert model_probability(scene) < model_probability(plane)
    assert homography_values(evidence("homography", 50)) == homography_values(
        replace(plane, patch_agreement=0)
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("same scene", evidence_values(-20.0)),
        ("homography", homography_values(evidence("homography", 20, 1.0, patch_agreement=0.5))),
        ("fundamental", evidence_values(-20.0)),
    ],
)
def test_the_record_has_a_coefficient_for_each_value(name, values):
    assert list(RECORD[name]["coefficients"]) == ["constant", *values]


def recorded_probability(name, *values):
    constant, *slopes = RECORD[name]["coefficients"].values()
    logit = constant + sum(slope * value for slope, value in zip(slopes, values, strict=True))
    return pytest.approx(1 / (1 + exp(-logit)), rel=1e-9)


def test_probabilities_are_the_logistic_of_what_is_recorded():
    """Evidence counts as the logarithm of 1 + the exponent of the false alarms."""
    assert same_scene_probability(-20.0) == recorded_probability("same scene", log(21))
    plane = evidence("homography", 20, patch_agreement=0.5, epipolar_ratio=0.8)
    assert model_probability(plane) == recorded_probability("homography", log(21), 0.5, 0.8)
    lines = evidence("fundamental", 20, neighbor_consistency=0.7)
    assert model_probability(lines) == recorded_probability("fundamental", log(21))


@pytest.mark.parametrize("name", FITS)
def test_the_record_says_where_it_comes_from_and_how_well_it_fits(name):
    assert "calibrate_verdict.py" in RECORD["origin"]
    fitted = RECORD[name]
    assert min(fitted["num_right"], fitted["num_wrong"]) >= 10
    assert fitted["brier_score"] < 0.15  # 0.25 is what a coin reaches
    assert sum(one["num"] for one in fitted["reliability"]) == (
        fitted["num_right"] + fitted["num_wrong"]
    )


@pytest.mark.parametrize("kind", ["homography", "affine"])
def test_no_model_is_likelier_right_than_its_predicted_error_allows(kind):
    """Errors of both axes together that are normal: 1 - exp(-(5 / error)^2) within 5 px."""
    options = {"patch_agreement": 0.97} if kind == "homography" else {}
    sure = model_probability(evidence(kind, 300, **options))
    assert sure > 0.95
    assert model_probability(evidence(kind, 300, 0.3, **options)) == sure
    errors = np.random.default_rng(0).normal(0, 7 / np.sqrt(2), (100_000, 2))
    within = np.mean(np.hypot(*errors.T) <= 5)
    assert model_probability(evidence(kind, 300, 7.0, **options)) == pytest.approx(within, abs=0.01)
    coarse = model_probability(evidence(kind, 300, 7.0, pixel_size=10.0, **options))
    assert coarse == sure
    assert model_probability(evidence(kind, 300, 91.0, **options)) < 0.01
    assert model_probability(evidence(kind, 300, float("inf"), **options)) == 0
