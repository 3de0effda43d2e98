"""Small trainings on patches of an image, made to under-fit, to fit and to over-fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.explaining.edge_learner import EdgeLearner
from featmatch.explaining.edge_task import PATCH, Floats, Task
from featmatch.explaining.pictures import signed_picture

NUM_EPOCHS = 30
SNAPSHOTS = (0, 1, 2, 3, 5, 8, 12, 20, 30)  # epochs of which there are pictures
LEARNING_RATE = 0.01
NUM_HELD_OUT = 800
_MAX_KERNELS = 8  # in a picture


@dataclass(frozen=True)
class Plan:
    """What a small run is made from.

    Attributes
    ----------
    name : {"under", "fit", "over"}
    title : str
    num_filters : int
        Of 7 x 7 pixels.
    num_patches : int
        Examples.
    batch_size : int
        Examples an iteration.
    """

    name: str
    title: str
    num_filters: int
    num_patches: int
    batch_size: int

    @property
    def num_parameters(self) -> int:
        """Numbers that training changes."""
        return self.num_filters * (PATCH * PATCH + 2) + 1


PLANS = (
    Plan("under", "Under-fitting: a network that is too small", 1, 600, 50),
    Plan("fit", "A good fit", 8, 600, 50),
    Plan("over", "Over-fitting: too few examples for its size", 64, 80, 2),
)
"""What each run is meant to show."""

_FURTHER = {
    "under": (Plan("under", "Under-fitting: a network that is too small", 1, 2400, 50),),
    "fit": (Plan("fit", "A good fit", 16, 1200, 50),),
    "over": (
        Plan("over", "Over-fitting: too few examples for its size", 64, 40, 5),
        Plan("over", "Over-fitting: too few examples for its size", 64, 120, 4),
        Plan("over", "Over-fitting: too few examples for its size", 64, 80, 5),
        Plan("over", "Over-fitting: too few examples for its size", 64, 320, 4),
        Plan("over", "Over-fitting: too few examples for its size", 64, 80, 1),
    ),
}
"""What is tried instead where a run does not show what it is meant to."""

_OTHERWISE = {
    "under": "One kernel, on an image where it is nearly enough, or holds for few other patches",
    "fit": "Eight kernels or more, on an image that is hard to learn",
    "over": "Few examples, which are enough for this image",
}
"""Titles of runs that do not show it after all."""

_NOTHING = "{}, with nothing to learn: this image has no edges"
"""Title of a run on an image of one brightness, by its kernels."""

_WORSE = 1.3  # times the loss of a good fit is clearly worse
_DIP = 0.9  # times what it was before training is the lowest value of what first learned something
_RISE = 1.05  # times its lowest value is what a held-out loss has risen to
_LAST = 5  # epochs that tell where a loss has come to
_APART = 2.0  # times the loss on its own examples is that of what was learned by heart


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A network at the end of an epoch.

    Attributes
    ----------
    epoch : int
        0 before training.
    kernels : (7, 8 F - 1) uint8
        Its kernels side by side with a column between them, at most eight; 128 is zero, and 1 or
        255 the largest weight of each.
    answer : (S - 6, S - 6) uint8
        The strength of the edges that it sees in the view.
    """

    epoch: int
    kernels: npt.NDArray[np.uint8]
    answer: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class SmallRun:
    """How a small training went.

    Attributes
    ----------
    name, title, num_filters, num_patches, batch_size, num_parameters
        See `Plan`.
    iterations_per_epoch : int
    losses, held_out_losses : (E + 1,) float64
        Mean squared error on its own examples and on patches that are held out: before training
        and at the end of each epoch.
    best_epoch : int
        When the loss on what is held out was lowest.
    average_loss : float
        Of always answering with the average of what is held out, on what is held out.
    met : bool
        Whether the run shows what it is meant to; its title is another one if not.
    snapshots : tuple of Snapshot
    """

    name: str
    title: str
    num_filters: int
    num_patches: int
    batch_size: int
    num_parameters: int
    iterations_per_epoch: int
    losses: npt.NDArray[np.float64]
    held_out_losses: npt.NDArray[np.float64]
    best_epoch: int
    average_loss: float
    met: bool
    snapshots: tuple[Snapshot, ...]


def run_all(task: Task) -> tuple[SmallRun, ...]:
    """Train one network that is too small, one that is right and one that learns by heart.

    A run that does not show what it is meant to is made again with other settings; if none does,
    the title of the last says what it shows instead. On an image without edges each is made once.

    Parameters
    ----------
    task : Task

    Returns
    -------
    tuple of SmallRun
        In the order of `PLANS`.
    """
    under, fit, over = PLANS
    fitted = _first_met(fit, task, _holds)
    small = _first_met(under, task, lambda made: _is_worse(made, fitted))
    heart = _first_met(over, task, _learned_by_heart)
    return small, fitted, heart


def _first_met(plan: Plan, task: Task, shows: Callable[[SmallRun], bool]) -> SmallRun:
    if not task.edges.any():
        kernels = "One kernel" if plan.num_filters == 1 else f"{plan.num_filters} kernels"
        return replace(run(plan, task), met=False, title=_NOTHING.format(kernels))
    for candidate in (plan, *_FURTHER.get(plan.name, ())):
        made = run(candidate, task)
        if shows(made):
            return made
    return replace(made, met=False, title=_OTHERWISE[plan.name])


def _holds(made: SmallRun) -> bool:
    """Whether the held-out loss is below half of that of the average, and has not risen again."""
    other = made.held_out_losses
    return bool(2 * other[-1] < made.average_loss and other[-1] < _WORSE * other.min())


def _is_worse(made: SmallRun, fitted: SmallRun) -> bool:
    """Whether both losses are clearly above those of a good fit, and not far from each other."""
    ends = [(one.losses[-1], one.held_out_losses[-1]) for one in (made, fitted)]
    above = all(high > _WORSE * low for high, low in zip(*ends, strict=True))
    return bool(above and made.held_out_losses[-1] < _APART * made.losses[-1])


def _learned_by_heart(made: SmallRun) -> bool:
    """Whether the held-out loss fell and has risen again, far above that on its own examples."""
    other = made.held_out_losses
    end = min(other[-1], other[-_LAST:].mean())  # not by a leap at the very end
    fell, rose = other.min() < _DIP * other[0], end > _RISE * other.min()
    return bool(fell and rose and other[-1] > _APART * made.losses[-1])


def run(plan: Plan, task: Task) -> SmallRun:
    """Train as planned; every run is judged on the same patches."""
    rng = np.random.default_rng(1)
    examples = _flat(task.patches(plan.num_patches, False, rng))
    held_out = _flat(task.patches(NUM_HELD_OUT, True, np.random.default_rng(2)))
    learner = EdgeLearner(plan.num_filters, LEARNING_RATE, rng)
    batches = nn.ArrayBatches(*examples, batch_size=plan.batch_size)
    view = np.lib.stride_tricks.sliding_window_view(task.seen(task.noisy), (PATCH, PATCH))
    seen = np.ascontiguousarray(view).reshape(-1, PATCH * PATCH)
    losses, snapshots = [], []
    for epoch in range(NUM_EPOCHS + 1):
        for batch in batches.batches(rng) if epoch else ():
            learner.step(*batch)
        losses.append((learner.loss(*examples), learner.loss(*held_out)))
        if epoch in SNAPSHOTS:
            answer = task.edge_picture(learner.answer(seen).reshape(view.shape[:2]))
            snapshots.append(Snapshot(epoch, _kernel_picture(learner.kernels), answer))
    own, other = np.array(losses).T
    return SmallRun(
        plan.name,
        plan.title,
        plan.num_filters,
        plan.num_patches,
        plan.batch_size,
        plan.num_parameters,
        len(batches),
        own,
        other,
        int(np.argmin(other)),
        float(np.var(held_out[1])),
        True,
        tuple(snapshots),
    )


def _flat(examples: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Write patches (N, 49) and strengths (N,) in rows."""
    patches, strengths = examples
    return patches.reshape(len(patches), -1), strengths.ravel()


def _kernel_picture(kernels: Floats) -> npt.NDArray[np.uint8]:
    """Lay the kernels (7, 7, F) side by side, each on a scale of its own."""
    shown = kernels[:, :, :_MAX_KERNELS]
    shown = shown / np.abs(shown).max(axis=(0, 1))
    apart = np.pad(shown, [(0, 0), (0, 1), (0, 0)])
    return signed_picture(apart.transpose(0, 2, 1).reshape(PATCH, -1)[:, :-1])
