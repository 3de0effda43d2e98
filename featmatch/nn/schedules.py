"""Learning rates that change while training goes on: functions from the step to the rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from featmatch.checks import check_integer, check_number

Schedule: TypeAlias = Callable[[int], float]
"""Step, counted from 0 -> learning rate."""


@dataclass(frozen=True)
class WarmupCosine:
    """A straight line up, then half a cosine wave down.

    With W warm-up steps of T in all, the rate is lr (step + 1) / (W + 1) before step W, and then

        final_lr + (lr - final_lr) (1 + cos(π (step - W) / (T - W))) / 2,

    which is `lr` at step W and `final_lr` from step T on (Loshchilov and Hutter, "SGDR: stochastic
    gradient descent with warm restarts", ICLR 2017, eq. 5, without restarts). The warm-up lets
    batch statistics and Adam's averages settle before the large steps.

    Parameters
    ----------
    lr : float
        The largest rate.
    warmup_steps : int
        W, 0 for no warm-up.
    total_steps : int
        T, more than W.
    final_lr : float
        The last rate, from 0 to `lr`.

    Raises
    ------
    ValueError
        An option is out of its range.
    """

    lr: float
    warmup_steps: int
    total_steps: int
    final_lr: float = 0.0

    def __post_init__(self) -> None:
        check_number("lr", self.lr, 0)
        check_integer("warmup_steps", self.warmup_steps, 0)
        check_integer("total_steps", self.total_steps, self.warmup_steps + 1)
        check_number("final_lr", self.final_lr, 0, self.lr)

    def __call__(self, step: int) -> float:
        """Learning rate at `step`, counted from 0."""
        check_integer("step", step, 0)
        if step < self.warmup_steps:
            return self.lr * (step + 1) / (self.warmup_steps + 1)
        if step >= self.total_steps:
            return self.final_lr
        progress = (step - self.warmup_steps) / (self.total_steps - self.warmup_steps)
        return self.final_lr + (self.lr - self.final_lr) * (1 + math.cos(math.pi * progress)) / 2


@dataclass(frozen=True)
class StepDecay:
    """The rate lr gammaⁿ with n = step // step_size: constant, then smaller by a factor, and so on.

    Parameters
    ----------
    lr : float
        The first rate.
    step_size : int
        Steps between two changes.
    gamma : float
        The factor, from 0 to 1.

    Raises
    ------
    ValueError
        An option is out of its range.
    """

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        check_number("lr", self.lr, 0)
        check_integer("step_size", self.step_size, 1)
        check_number("gamma", self.gamma, 0, 1)

    def __call__(self, step: int) -> float:
        """Learning rate at `step`, counted from 0."""
        check_integer("step", step, 0)
        return self.lr * self.gamma ** (step // self.step_size)
