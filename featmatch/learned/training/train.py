"""Training the network on photographs: pairs are made of them, nothing has to be labeled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from os import PathLike

import numpy as np

from featmatch import nn
from featmatch.checks import check_integer, check_number, check_type
from featmatch.errors import ArgumentError
from featmatch.learned.network.network import FeatureNetwork, NetworkOptions
from featmatch.learned.training.losses import LossOptions, pair_loss
from featmatch.learned.training.pairs import PairOptions
from featmatch.learned.training.photographs import Photograph, check_photograph
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.training_data import draw_pairs, split, validation_pairs
from featmatch.learned.training.validation import validate
from featmatch.nn.training.progress import Report

_MAX_WARMUP = 1 / 4  # of all steps, so that a short training has others too
MOST_STEPS = 100_000_000  # years of training
_MIN_EPOCH_STEPS = 20

SHORT_EPOCHS = 5
"""Of a short training, so that it has a curve and little is lost by Ctrl-C."""


@dataclass(frozen=True)
class TrainingOptions:
    """How a network is trained.

    Parameters
    ----------
    num_steps : int
        Changes of the weights; some more where epochs of equal length come to more.
    batch_size : int
        Pairs a step; a multiple of `num_shards`.
    num_shards : int
        Parts of a batch that are worked on at the same time; see `nn.ParallelLoss`.
    num_processes : int
        Processes that share them. The weights do not depend on it; more than 1 is quicker, but each
        has a copy of the photographs, and a script that trains has to do so under
        ``if __name__ == "__main__":``.
    steps_per_epoch : int
        About how many steps lie between two validations, each with a checkpoint.
    lr, final_lr : float
        Learning rate of Adam, the highest and the last; see `nn.WarmupCosine`.
    warmup_steps : int
        Steps before the highest rate, at most a quarter of all; 0 for none.
    max_norm : float
        The gradients' largest norm; see `nn.clip_grad_norm`.
    average_decay : float
        Of the average of the weights that is validated and kept; see `nn.WeightAverage`.
    validation_share : float
        Share of the photographs that are kept for validation.
    scene_share : float
        Share of the pairs that show scenes with depth, photographs on their surfaces; 0 for none.
    real_share : float
        Share of the pairs that show two photographs of one scene, see `train`; 0 for none. Both
        shares together are at most 1. Pairs to validate with are never of this kind, so that what
        is measured stays the same.
    seed : int
        Same photographs, options and seed: same weights, on the same machine.
    network : NetworkOptions
    pairs : PairOptions
        Its `num_turns` is that of the network.
    loss : LossOptions
    """

    num_steps: int = 30_000
    batch_size: int = 8
    num_shards: int = 2
    num_processes: int = 1
    steps_per_epoch: int = 250
    lr: float = 3e-3
    final_lr: float = 3e-5
    warmup_steps: int = 200
    max_norm: float = 5.0
    average_decay: float = 0.999
    validation_share: float = 0.04
    scene_share: float = 0.0
    real_share: float = 0.0
    seed: int = 0
    network: NetworkOptions = field(default_factory=NetworkOptions)
    pairs: PairOptions = field(default_factory=PairOptions)
    loss: LossOptions = field(default_factory=LossOptions)

    def __post_init__(self) -> None:
        for name in ("num_steps", "batch_size", "num_shards", "steps_per_epoch"):
            check_integer(name, getattr(self, name), 1, MOST_STEPS)
        check_integer("num_processes", self.num_processes, 1, 1024)
        if self.batch_size % self.num_shards:
            raise ArgumentError(
                f"batch_size: expected a multiple of num_shards ({self.num_shards}), "
                f"got {self.batch_size}"
            )
        check_integer("warmup_steps", self.warmup_steps, 0, MOST_STEPS)
        check_number("lr", self.lr, 0, 10)
        check_number("final_lr", self.final_lr, 0, self.lr)
        check_number("max_norm", self.max_norm, 1e-9, 1e9)
        check_number("average_decay", self.average_decay, 0, 1)
        check_number("validation_share", self.validation_share, 0, 0.5)
        check_number("scene_share", self.scene_share, 0, 1)
        check_number("real_share", self.real_share, 0, 1)
        both = self.scene_share + self.real_share
        if both > 1:
            raise ArgumentError(
                f"scene_share, real_share: expected a sum of at most 1, got {both:g}"
            )
        check_integer("seed", self.seed, 0, 2**63 - 1)
        check_type("network", self.network, NetworkOptions)
        check_type("pairs", self.pairs, PairOptions)
        check_type("loss", self.loss, LossOptions)
        if self.pairs.num_turns != self.network.num_turns:
            turned = replace(self.pairs, num_turns=self.network.num_turns)
            object.__setattr__(self, "pairs", turned)

    def lasting(self, num_steps: int) -> TrainingOptions:
        """Return the same options for another number of steps, in five epochs if that is small."""
        shorter = max(_MIN_EPOCH_STEPS, ceil(num_steps / SHORT_EPOCHS))
        steps_per_epoch = min(self.steps_per_epoch, shorter)
        return replace(self, num_steps=num_steps, steps_per_epoch=steps_per_epoch)


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network, and how it came about.

    Attributes
    ----------
    network : FeatureNetwork
        With the weights of the epoch that did best in validation.
    options : TrainingOptions
    result : nn.FitResult
        Its history, and what ended the training.
    """

    network: FeatureNetwork
    options: TrainingOptions
    result: nn.FitResult


def train(
    photographs: Sequence[Photograph],
    options: TrainingOptions | None = None,
    *,
    real_pairs: Sequence[RealPair] = (),
    start: FeatureNetwork | None = None,
    checkpoint: str | PathLike[str] | None = None,
    max_epochs: int | None = None,
    progress: Report | None = None,
) -> TrainedNetwork:
    """Train a network to find and describe keypoints.

    Pairs are made of one photograph by known warps and changes of light (`make_pair`), or of scenes
    that photographs are laid on (`make_scene_pair`), which answers what corresponds to what: there
    are no labels and no teacher. Of real pairs, verified matches answer it (`make_real_pair`).

    Parameters
    ----------
    photographs : sequence of (H, W, 3) or (H, W) uint8
        Any; the more kinds of scenes, the better.
    options : TrainingOptions, optional
        None for the defaults.
    real_pairs : sequence of RealPair
        Two photographs of one scene each, with verified matches; as many of the pairs show them as
        `TrainingOptions.real_share` says.
    start : FeatureNetwork, optional
        What training begins with, of the same plan, as `read_network` gives it; it is left as it
        is. None for weights drawn at random.
    max_epochs : int, optional
        Break off after so many epochs, of a training that was planned for all of its steps.
    checkpoint, progress
        See `nn.fit`: a file that training goes on from; what is called after each step.

    Returns
    -------
    TrainedNetwork

    Raises
    ------
    ValueError, TypeError
        There are no photographs, or one of them is something else; `real_pairs` are missing or
        something else; or `start` is of another plan.
    TrainingError
        A number is not finite any more.
    WeightsError, OutputError
        The checkpoint is damaged or of another training, or cannot be written.
    """
    options = options or TrainingOptions()
    for photograph in photographs:
        check_photograph(photograph)
    _check_real_pairs(real_pairs, options)
    rng = np.random.default_rng(options.seed)
    network = FeatureNetwork(options.network, rng)
    if start is not None:
        network.load_state_dict(_same_plan(start, options.network).state_dict())
    for_training, for_validation = split(photographs, options.validation_share)
    always = validation_pairs(for_validation, options.pairs, options.seed, options.scene_share)
    num_epochs = max(1, round(options.num_steps / options.steps_per_epoch))
    warmup = min(options.warmup_steps, int(_MAX_WARMUP * options.num_steps))
    num_processes = min(options.num_processes, options.num_shards)
    with nn.ParallelLoss(_ShardLoss(for_training, real_pairs, options), num_processes) as loss:
        result = nn.fit(
            network,
            loss,
            nn.GeneratedBatches(
                lambda rng: rng.integers(2**63, size=options.num_shards).tolist(),
                num_steps=ceil(options.num_steps / num_epochs),
            ),
            nn.Adam(network.parameters(), lr=options.lr),
            nn.FitOptions(
                max_epochs=min(num_epochs, max_epochs or num_epochs),
                schedule=nn.WarmupCosine(options.lr, warmup, options.num_steps, options.final_lr),
                max_norm=options.max_norm,
                average=nn.WeightAverage(network, options.average_decay),
                validate=lambda network: validate(network, always),
                monitor="matching_score",
                higher_is_better=True,
                checkpoint=checkpoint,
                progress=progress,
            ),
            rng=rng,
        )
    return TrainedNetwork(network.eval(), options, result)


@dataclass(frozen=True, eq=False)
class _ShardLoss:
    """The loss of pairs that are drawn with a seed: one shard of a batch."""

    photographs: Sequence[Photograph]
    real_pairs: Sequence[RealPair]
    options: TrainingOptions

    def __call__(self, network: FeatureNetwork, seed: int) -> nn.Tensor:
        own, options = np.random.default_rng(seed), self.options
        size = options.batch_size // options.num_shards
        shares = options.scene_share, self.real_pairs, options.real_share
        pairs = draw_pairs(self.photographs, options.pairs, size, own, *shares)
        return pair_loss(network, pairs, options.loss, own)


def _check_real_pairs(real_pairs: Sequence[RealPair], options: TrainingOptions) -> None:
    for real in real_pairs:
        check_type("real_pairs", real, RealPair)
    if options.real_share and not len(real_pairs):
        share = options.real_share
        raise ArgumentError(f"real_pairs: expected some for a real_share of {share:g}, got none")


def _same_plan(start: FeatureNetwork, plan: NetworkOptions) -> FeatureNetwork:
    check_type("start", start, FeatureNetwork)
    if start.options != plan:
        raise ArgumentError(f"start: expected a network of {plan}, got one of {start.options}")
    return start
