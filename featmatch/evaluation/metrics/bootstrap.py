"""How sure a mean is: intervals by resampling, without assumptions about the distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_integer, check_number
from featmatch.errors import ArgumentError

MIN_SAMPLES = 10
"""Of fewer samples no interval is given: resampling them says little."""


@dataclass(frozen=True)
class Interval:
    """A value and the interval that holds it.

    Parameters
    ----------
    value : float or None
        None where there is nothing to be measured.
    low, high : float or None
        Ends of the interval; None where the samples are too few for one.
    """

    value: float | None
    low: float | None
    high: float | None


def bootstrap_mean(
    samples: npt.ArrayLike, *, num_resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Return the mean of samples, with its percentile bootstrap interval.

    As many samples are drawn with replacement as there are, again and again; the interval holds
    the middle `level` of the means of these draws.

    Parameters
    ----------
    samples : (N,) numbers or bool
        Taken to be independent of each other.
    num_resamples : int
        How often the samples are drawn again.
    level : float
        Probability in [0, 1] that the interval is to have.
    seed : int
        The same seed gives the same interval.

    Returns
    -------
    Interval
        Without ends for fewer than `MIN_SAMPLES` samples, and without a value for none.

    Raises
    ------
    ValueError, TypeError
        The samples are not a row of finite numbers, or an option is out of its range.

    References
    ----------
    B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7 (1979);
    B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3.
    """
    check_integer("num_resamples", num_resamples, 1, 1_000_000)
    check_number("level", level, 0, 1)
    samples = np.asarray(samples, np.float64)
    if samples.ndim != 1:
        raise ArgumentError(f"samples: expected shape (N,), got {samples.shape}")
    if not np.isfinite(samples).all():
        raise ArgumentError("samples: expected finite numbers, got NaN or infinity")
    if not len(samples):
        return Interval(None, None, None)
    mean = float(samples.mean())
    if len(samples) < MIN_SAMPLES:
        return Interval(mean, None, None)
    # How often each distinct value is drawn is all that a draw's mean depends on.
    values, counts = np.unique(samples, return_counts=True)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(samples), counts / len(samples), size=num_resamples)
    means = draws @ values / len(samples)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(low), float(high))
