"""One shard of a batch: its loss and gradients, computed here or in another process."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from featmatch.nn.autograd import grad
from featmatch.nn.memory import keep_freed_memory
from featmatch.nn.module import Module
from featmatch.nn.tensor import Array
from featmatch.nn.training.epoch import loss_of
from featmatch.nn.training.options import Loss
from featmatch.processes import Processes


@dataclass(frozen=True, eq=False)
class Share:
    """What comes of a shard: its loss, the gradients of all parameters, the network's buffers."""

    loss: Array
    gradients: list[Array]  # empty if nothing depends on the parameters
    buffers: dict[str, Array]


def work_on(loss: Loss, network: Module, shard: Any) -> Share:
    """Compute the loss of a shard and its gradients; changes the buffers of `network`."""
    value, parameters = loss_of(loss, network, shard), network.parameters()
    gradients = grad(value, parameters, allow_unused=True) if value.requires_grad else []
    return Share(value.data.reshape(()), gradients, network.named_buffers())


class ShardProcesses(ExitStack):
    """Processes that work on shards beside this one, each on those that are given to it.

    To be used as a context, see `Processes`. Each has a copy of `loss` and of all that it refers
    to, made when the context is entered.

    Parameters
    ----------
    loss : callable
        Something that can be pickled: a function of a module, or an object of a class of one.
    number : int
        Of processes.
    """

    def __init__(self, loss: Loss, number: int) -> None:
        super().__init__()
        self._loss = loss
        self._processes = [Processes(1) for _ in range(number)]

    def __enter__(self) -> Self:
        for process in self._processes:
            self.enter_context(process)
            process.submit_all(_keep, [self._loss])
        return self

    def work_on(self, number: int, network: Module, shard: Any) -> Share:
        """Have a process do what the function of this name does, and wait for it."""
        job = network, shard, np.geterr()
        return self._processes[number].submit_all(_work_here, [job])[0].result()


_kept: list[Loss] = []  # in such a process: the loss


def _keep(loss: Loss) -> None:
    keep_freed_memory()
    _kept[:] = [loss]


def _work_here(job: tuple[Module, Any, Any]) -> Share:
    network, shard, reactions = job
    with np.errstate(**reactions):
        return work_on(_kept[0], network, shard)
