"""How long a training takes, from a few steps of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from featmatch.checks import check_number
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.train import SHORT_EPOCHS, TrainingOptions, train

_TRIAL_STEPS = 6


def steps_within(
    seconds: float,
    photographs: Sequence[Photograph],
    options: TrainingOptions,
    real_pairs: Sequence[RealPair] = (),
) -> int:
    """Estimate how many steps of training fit into some time, by making a few.

    Parameters
    ----------
    seconds : float
        For the training, and the trial before it.
    photographs, options, real_pairs
        As for `train`; `num_steps` does not matter.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError, TypeError
        `seconds` is not a number from 0 to a billion.
    KeyboardInterrupt
        The trial was broken off.
    """
    check_number("seconds", seconds, 0, 1e9)
    trial = replace(options, num_steps=_TRIAL_STEPS, steps_per_epoch=_TRIAL_STEPS)
    times = [time.perf_counter()]
    trained = train(
        photographs,
        trial,
        real_pairs=real_pairs,
        progress=lambda _: times.append(time.perf_counter()),
    )
    if trained.result.interrupted:
        raise KeyboardInterrupt
    start, first, *_, last, end = times  # the first step has everything loaded
    per_step, validation = (last - first) / (_TRIAL_STEPS - 1), end - last
    left = seconds - (end - start) - (first - start) - SHORT_EPOCHS * validation
    return max(1, int(left / (per_step + validation / options.steps_per_epoch)))
