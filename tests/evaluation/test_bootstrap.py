"""Intervals of means, against closed forms and SciPy's bootstrap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from featmatch.evaluation.metrics.bootstrap import MIN_SAMPLES, Interval, bootstrap_mean


def test_interval_of_flags_has_the_ends_of_the_binomial_distribution():
    num, num_true = 200, 60
    flags = np.arange(num) < num_true
    found = bootstrap_mean(flags, num_resamples=20_000, level=0.9)
    low, high = stats.binom.ppf([0.05, 0.95], num, num_true / num) / num
    assert found.value == pytest.approx(0.3)
    assert found.low == pytest.approx(low, abs=1.01 / num)
    assert found.high == pytest.approx(high, abs=1.01 / num)


def test_interval_agrees_with_scipy():
    samples = np.random.default_rng(1).gamma(2.0, 3.0, 80)
    found = bootstrap_mean(samples, num_resamples=9999)
    expected = stats.bootstrap(
        (samples,), np.mean, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    width = expected.high - expected.low
    assert found.value == pytest.approx(samples.mean())
    assert found.low == pytest.approx(expected.low, abs=0.05 * width)
    assert found.high == pytest.approx(expected.high, abs=0.05 * width)


def test_level_is_the_share_of_intervals_that_hold_the_true_mean():
    rng = np.random.default_rng(3)
    intervals = [bootstrap_mean(rng.normal(5, 2, 60), level=0.8, seed=n) for n in range(300)]
    share = np.mean([interval.low <= 5 <= interval.high for interval in intervals])
    assert share == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([], Interval(None, None, None)),
        ([2], Interval(2.0, None, None)),
        ([1, 2], Interval(1.5, None, None)),
        (np.full(MIN_SAMPLES - 1, 3.0), Interval(3.0, None, None)),
        (np.full(MIN_SAMPLES, 3.0), Interval(3.0, 3.0, 3.0)),
    ],
)
def test_few_samples_have_no_interval(samples, expected):
    assert bootstrap_mean(samples) == expected


def test_the_same_seed_gives_the_same_interval():
    samples = np.random.default_rng(4).random(50)
    assert bootstrap_mean(samples, seed=1) == bootstrap_mean(samples, seed=1)
    assert bootstrap_mean(samples, seed=1) != bootstrap_mean(samples, seed=2)


def test_level_0_is_the_median_and_level_1_the_whole_range_of_means():
    samples = np.arange(10.0)
    middle, whole = bootstrap_mean(samples, level=0), bootstrap_mean(samples, level=1)
    assert middle.low == middle.high
    assert whole.low < middle.low < whole.high


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ([[1.0]], {}, r"samples: expected shape \(N,\), got \(1, 1\)"),
        ([1.0, np.nan], {}, "samples: expected finite numbers, got NaN or infinity"),
        ([1.0], {"level": 1.5}, "level: expected a number from 0 to 1, got 1.5"),
        (
            [1.0],
            {"num_resamples": 0},
            "num_resamples: expected an integer from 1 to 1,000,000, got 0",
        ),
    ],
)
def test_bad_input_is_told(samples, options, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_mean(samples, **options)
