"""Where training gets its batches from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_generator, check_integer
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array


@runtime_checkable
class DataSource(Protocol):
    """What `fit` asks of a source of data: the batches of one epoch after the other.

    An *epoch* is one pass over the data, or a number of steps if there is no end to the data; a
    *step* is one batch: a forward pass, a backward pass and a change of the weights. A source that
    has a ``len()``, its steps an epoch, lets `fit` tell from the beginning how long it will take.
    """

    def batches(self, rng: np.random.Generator) -> Iterable[Any]:
        """Give the batches of an epoch, in whatever form the loss takes.

        All chance must come from `rng`, and nothing be remembered from epoch to epoch: then a
        training that was broken off goes on as if it had not been.
        """
        ...


class ArrayBatches:
    """Batches of examples that are all in memory.

    Parameters
    ----------
    *arrays : array_like
        For example images and their labels; the first axis of each counts the examples.
    batch_size : int
        Examples a batch.
    shuffle : bool
        Give the examples in a new order in every epoch; False: in theirs.
    drop_last : bool
        Leave out a last batch that is smaller than the others (a few other examples in every
        epoch, if shuffled): batch normalization does better without.

    Raises
    ------
    ValueError
        There is no array, or one has another number of examples than the first.

    Examples
    --------
    >>> source = ArrayBatches([10, 11, 12], ["a", "b", "c"], batch_size=2, shuffle=False)
    >>> for numbers, letters in source.batches():
    ...     print(numbers, letters)
    [10 11] ['a' 'b']
    [12] ['c']
    """

    def __init__(
        self,
        *arrays: npt.ArrayLike,
        batch_size: int,
        shuffle: bool = True,
        drop_last: bool = False,
    ) -> None:
        self.arrays: tuple[Array, ...] = tuple(np.asarray(array) for array in arrays)
        self.batch_size = check_integer("batch_size", batch_size, 1)
        self.shuffle = shuffle
        self.drop_last = drop_last
        shapes = [array.shape for array in self.arrays]
        if not shapes or () in shapes or len({shape[0] for shape in shapes}) > 1:
            raise ArgumentError(
                f"arrays: expected one or more of the same length, got the shapes {shapes}"
            )

    @property
    def num_examples(self) -> int:
        """Examples an epoch, with those that `drop_last` leaves out."""
        return len(self.arrays[0])

    def __len__(self) -> int:
        whole, rest = divmod(self.num_examples, self.batch_size)
        return whole + bool(rest and not self.drop_last)

    def batches(self, rng: np.random.Generator | None = None) -> Iterator[tuple[Array, ...]]:
        """Give the batches of an epoch: tuples of one array for each of `arrays`.

        Parameters
        ----------
        rng : Generator
            Draws the order; not needed without `shuffle`.
        """
        order = self._order(rng)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield tuple(array[chosen] for array in self.arrays)

    def _order(self, rng: np.random.Generator | None) -> Array:
        if not self.shuffle:
            return np.arange(self.num_examples)
        return check_generator("rng", rng).permutation(self.num_examples)


class GeneratedBatches:
    """Batches that are made when they are needed, without end.

    Parameters
    ----------
    make_batch : callable
        A random generator -> a batch.
    num_steps : int
        Batches that count as an epoch.
    """

    def __init__(self, make_batch: Callable[[np.random.Generator], Any], *, num_steps: int) -> None:
        self.make_batch = make_batch
        self.num_steps = check_integer("num_steps", num_steps, 1)

    def __len__(self) -> int:
        return self.num_steps

    def batches(self, rng: np.random.Generator) -> Iterator[Any]:
        """Give the batches of an epoch, each made with `rng` when it is asked for."""
        for _ in range(self.num_steps):
            yield self.make_batch(rng)
