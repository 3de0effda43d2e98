"""From evidence to probabilities, as labeled pairs of images have shown them to be related.

The coefficients, what they were fitted to and how well they fit lie in ``calibration.json``, which
``tests/benchmarks/calibrate_verdict.py`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import exp, log1p

from featmatch.geometry.evidence import Evidence

RIGHT_WITHIN = 5.0  # px of the images worked on
USUAL_RATIO, LARGEST_RATIO = 0.5, 2.0  # of `Evidence.epipolar_ratio`; the usual one: on a plane


def same_scene_probability(log10_false_alarms: float) -> float:
    """Probability that two images show the same, if as many pairs do as do not.

    Parameters
    ----------
    log10_false_alarms : float
        Of the strongest model that is plausible; 0 if there is none.

    Returns
    -------
    float
    """
    return _logistic("same scene", evidence_values(log10_false_alarms))


def model_probability(evidence: Evidence) -> float:
    """Probability that a model is right within 5 pixels of the images worked on.

    Where it is known how far off the model is expected to be, no more than that allows; maps that
    nothing tells from it share the probability.

    Parameters
    ----------
    evidence : Evidence
        Models of other kinds, and homographies that were not looked at in the images, are taken
        for what a fundamental matrix with as much evidence would be.

    Returns
    -------
    float
        0 without a model, and for one that chance explains or that no two views can have.
    """
    if not evidence.geometry or evidence.flaw or not evidence.log10_false_alarms:
        return 0.0
    if evidence.patch_agreement is not None:
        probability = _logistic("homography", homography_values(evidence))
    else:
        probability = _logistic("fundamental", evidence_values(evidence.log10_false_alarms))
    probability /= 1 + len(evidence.rivals)
    error = evidence.geometry.predicted_error
    if not error:
        return probability
    return min(probability, _within(RIGHT_WITHIN * evidence.pixel_size / error))


def evidence_values(log10_false_alarms: float) -> dict[str, float]:
    """Return what the probability of the same scene, and of a fundamental matrix, depends on.

    How consistently neighbors move is not among it: in the fit less of it spoke for a fundamental
    matrix, as along a street, and without it the fit was as good.
    """
    return {"evidence": log1p(max(0.0, -log10_false_alarms))}


def homography_values(evidence: Evidence) -> dict[str, float]:
    """Return what the probability of a homography depends on, that was looked at in the images.

    The fit knows many patches. A share of few is taken for less, so that a few that happen to be
    alike prove little.

    Its predicted error is not among it: in the fit a larger one spoke for the homography, and
    without it the fit was as good. It is a limit to the probability instead.
    """
    ratio = USUAL_RATIO if evidence.epipolar_ratio is None else evidence.epipolar_ratio
    return evidence_values(evidence.log10_false_alarms) | {
        "patch_agreement": evidence.sure_agreement,
        "epipolar_ratio": min(ratio, LARGEST_RATIO),
    }


def _within(deviations: float) -> float:
    """Probability that a point lies within so many standard deviations, of both axes together."""
    return 1 - exp(-(deviations**2))


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
