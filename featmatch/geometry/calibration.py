"""From evidence to probabilities, as labelled pairs of images have shown them to be related.

The coefficients, what they were fitted to and how well they fit lie in ``calibration.json``, which
``tests/benchmarks/calibrate_verdict.py`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import exp, log, log1p

from featmatch.geometry.evidence import Evidence

LEAST_ERROR, LARGEST_ERROR = 0.01, 10.0  # px, of the predicted errors that make a difference


def same_scene_probability(log10_false_alarms: float) -> float:
    """Probability that two images show the same, if as many pairs do as do not.

    Parameters
    ----------
    log10_false_alarms : float
        Of the strongest model that is believed; 0 if there is none.

    Returns
    -------
    float
    """
    return _logistic("same scene", {"evidence": log1p(max(0.0, -log10_false_alarms))})


def model_probability(evidence: Evidence, *, pixel_size: float = 1.0) -> float:
    """Probability that a model is right within 5 pixels of the images worked on.

    Parameters
    ----------
    evidence : Evidence
        Models other than the homography are taken for what a fundamental matrix with as much
        evidence would be.
    pixel_size : float
        Of the coarser image, see `Features`.

    Returns
    -------
    float
        0 without a model, and for a model that no two views can have.
    """
    geometry = evidence.geometry
    if not geometry or evidence.flaw or not evidence.log10_false_alarms:
        return 0.0
    values = {"evidence": log1p(-evidence.log10_false_alarms)}
    if geometry.predicted_error is not None and evidence.found is not None:
        error = min(max(geometry.predicted_error / pixel_size, LEAST_ERROR), LARGEST_ERROR)
        values |= {"found": evidence.found, "predicted error": log(error)}
        return _logistic("homography", values)
    values["together"] = 1.0 if evidence.together is None else evidence.together
    return _logistic("fundamental", values)


def _logistic(name: str, values: Mapping[str, float]) -> float:
    coefficients = _calibration()[name]["coefficients"]
    logit = coefficients["constant"]
    logit += sum(coefficients[key] * value for key, value in values.items())
    return 1 / (1 + exp(-min(max(logit, -500.0), 500.0)))


@cache
def _calibration() -> dict[str, dict[str, dict[str, float]]]:
    text = files("featmatch.geometry").joinpath("calibration.json").read_text(encoding="utf-8")
    calibration: dict[str, dict[str, dict[str, float]]] = json.loads(text)
    return calibration
