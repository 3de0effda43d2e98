"""Batches in shards, each worked on by a thread or a process of its own."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from featmatch.checks import check_integer, show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.module import Module
from featmatch.nn.tensor import Array, Tensor, record
from featmatch.nn.training.epoch import loss_of
from featmatch.nn.training.options import Loss
from featmatch.nn.training.shards import ShardProcesses, Share, work_on
from featmatch.threads import run


class ParallelLoss:
    """A loss for `fit` whose batch is a sequence of shards, each worked on by a thread of its own.

    Between the convolutions, which several threads share anyway, a step has much to do that one
    thread does alone; with a part of the batch for each thread, all are busy from beginning to end.
    But of the threads of a process only one at a time runs Python: where operations are small, they
    wait for each other, and processes do not.

    The result is the mean of the losses of the shards. In training mode each shard has a replica of
    the network, with the same parameters but its own buffers and generators:

    - Batch normalization uses the statistics of each shard alone, which is known as *ghost batch
      normalization* and may even help (Hoffer, Hubara and Soudry, "Train longer, generalize
      better", NIPS 2017, algorithm 1). Here the network's buffers then become the mean of the
      replicas' (those of integers the first replica's), where the paper updates them with one
      shard after the other.
    - A replica's random generators begin with numbers drawn from the network's.

    Nothing depends on which was quicker, or on how many there are. A single shard is left to
    `loss` and the network itself. In evaluation mode all shards use the network itself.

    Parameters
    ----------
    loss : callable
        (network, shard) -> Tensor of one element; computed from the parameters of the network that
        it is given. What else it uses is shared between threads: it must not change that.
    num_processes : int
        How many processes share the work in training mode; 1 for this one alone. With more it has
        to be possible to pickle `loss`, the network and the shards; the others have copies of them
        all, and are there while this object is used as a context.

    Raises
    ------
    TypeError
        `loss` is not a function; in a call, `shards` are no sequence, or `loss` returns something
        else.
    ValueError
        `num_processes` is no positive integer; in a call, there are no shards.

    Examples
    --------
    >>> import numpy as np
    >>> from featmatch import nn
    >>> network = nn.Linear(2, 1, rng=np.random.default_rng(0))
    >>> loss = nn.ParallelLoss(lambda network, x: (network(x) * network(x)).mean())
    >>> loss(network, [np.ones((3, 2)), np.zeros((3, 2))]).shape
    ()
    """

    def __init__(self, loss: Loss, num_processes: int = 1) -> None:
        if isinstance(loss, type) or not callable(loss):
            raise ArgumentTypeError(
                f"loss: expected a function of the network and a shard, got {show(loss)}"
            )
        check_integer("num_processes", num_processes, 1, 1024)
        self.loss, self.num_processes = loss, num_processes
        self._others: ShardProcesses | None = None

    def __enter__(self) -> Self:
        self._others = ShardProcesses(self.loss, self.num_processes - 1)
        self._others.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        others, self._others = self._others, None
        if others:
            others.__exit__(*exception)

    def __call__(self, network: Module, shards: Sequence[Any]) -> Tensor:
        """Compute the mean loss of the shards, and its gradients as far as they may be needed."""
        if not isinstance(shards, Sequence):
            raise ArgumentTypeError(f"shards: expected a sequence, got {show(shards)}")
        if not shards:
            raise ArgumentError("shards: expected at least one, got none")
        if len(shards) == 1:
            return loss_of(self.loss, network, shards[0])
        is_training = any(module.training for module in network.modules())
        replicas = [_replica(network) if is_training else network for _ in shards]
        others = self._others if is_training else None
        done: dict[int, Share] = {}

        def work(place: int) -> None:
            own, shard, process = replicas[place], shards[place], place % self.num_processes
            done[place] = (
                others.work_on(process - 1, own, shard)
                if others and process
                else work_on(self.loss, own, shard)
            )

        run(work, range(len(shards)))
        shares = [done[place] for place in range(len(shards))]
        if is_training:
            _average_buffers(network, [share.buffers for share in shares])
        recorded = [share.gradients for share in shares if share.gradients]
        means = [sum(gradients) / len(shards) for gradients in zip(*recorded, strict=True)]

        def backward(dy: Array) -> list[Array]:
            return [dy * mean for mean in means]

        mean = np.asarray(np.mean([share.loss for share in shares]))
        return record("parallel_loss", mean, network.parameters() if means else [], backward)


def _replica(network: Module) -> Module:
    """Copy a network with its buffers, but not its parameters, and with generators made anew."""
    substitutes: dict[int, object] = {id(shared): shared for shared in network.parameters()}
    for rng in network.generators():
        seed = int(rng.integers(2**63))
        substitutes[id(rng)] = np.random.Generator(type(rng.bit_generator)(seed))
    return copy.deepcopy(network, substitutes)


def _average_buffers(network: Module, replicas: Sequence[dict[str, Array]]) -> None:
    """Give a network the mean of its replicas' buffers."""
    for name, buffer in network.named_buffers().items():
        values = [buffers[name] for buffers in replicas]
        is_float = buffer.dtype.kind == "f"
        buffer[...] = np.mean(values, axis=0, dtype=np.float64) if is_float else values[0]
