"""Receptive fields: which pixels of the input a unit of a feature map depends on.

After A. Araujo, W. Norris and J. Sim, *Computing receptive fields of convolutional neural
networks*, Distill, 2019, extended to enlarged maps, where the size differs from unit to unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import TypeAlias

from featmatch.checks import Pair
from featmatch.errors import ArgumentError
from featmatch.nn.inspection.taps import REARRANGING, Taps, find_taps, rearranged_taps
from featmatch.nn.inspection.trace import Graph, Operation

Interval: TypeAlias = Pair  # first and last pixel; last < first if there is none


@dataclass(frozen=True)
class AxisField:
    """Receptive fields along one axis: unit u + `period` sees what u sees, `shift` pixels further.

    Attributes
    ----------
    intervals : tuple of (int, int)
        First and last pixel that the units 0, 1, ..., period - 1 see.
    shift : int
    """

    intervals: tuple[Interval, ...]
    shift: int

    @property
    def period(self) -> int:
        """Number of units after which the sizes repeat: 1, unless a map was enlarged."""
        return len(self.intervals)

    @property
    def stride(self) -> Fraction:
        """Pixels from one unit's field to the next one's, on average."""
        return Fraction(self.shift, self.period)

    @property
    def sizes(self) -> Pair:
        """Smallest and largest number of pixels from the first to the last that a unit sees."""
        sizes = [last - first + 1 for first, last in self.intervals]
        return min(sizes), max(sizes)

    @property
    def center(self) -> Fraction:
        """Middle of unit 0's field, where that of unit u is u strides further, on average."""
        middles = [
            Fraction(first + last, 2) - self.stride * unit
            for unit, (first, last) in enumerate(self.intervals)
            if first <= last
        ]
        return sum(middles, Fraction(0)) / max(1, len(middles))

    def interval(self, unit: int) -> Interval:
        """First and last pixel that a unit sees."""
        periods, phase = divmod(unit, self.period)
        first, last = self.intervals[phase]
        return first + periods * self.shift, last + periods * self.shift


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive fields of an operation's units, in pixels of the network's input.

    Borders are disregarded: pixels may lie outside of the input, at less than 0 for example, where
    padding stands for them. Pairs are along (height, width). Pixels outside of the field change
    nothing but, with fast ways to convolve, the rounding.

    Attributes
    ----------
    rows, columns : AxisField
    aligned : bool
        False where branches meet whose fields have different centers (Araujo et al., "alignment
        issues").
    """

    rows: AxisField
    columns: AxisField
    aligned: bool = True

    @property
    def size(self) -> Pair:
        """Number of pixels that a unit sees; the largest, if it differs from unit to unit."""
        return self.rows.sizes[1], self.columns.sizes[1]

    @property
    def stride(self) -> tuple[float, float]:
        """Pixels from one unit's field to the next one's, also called jump; 0: all are the same."""
        return float(self.rows.stride), float(self.columns.stride)

    @property
    def start(self) -> Pair:
        """First pixel that unit (0, 0) sees."""
        return self.rows.intervals[0][0], self.columns.intervals[0][0]

    @property
    def center(self) -> tuple[float, float]:
        """Middle of what unit (0, 0) sees; for unit (i, j) add (i, j) strides."""
        return float(self.rows.center), float(self.columns.center)

    def interval(self, index: Pair) -> tuple[Pair, Pair]:
        """First and last pixel, (row, column) each, that the unit at (row, column) sees.

        It is exact: the rows and columns at its ends are seen. Only if a transposed convolution
        with a kernel smaller than its stride leaves gaps in one of several branches, it may be
        too large.
        """
        (top, bottom), (left, right) = self.rows.interval(index[0]), self.columns.interval(index[1])
        return (top, left), (bottom, right)


def receptive_fields(graph: Graph) -> dict[str, ReceptiveField]:
    """Work out the receptive field of every operation of a network.

    It grows with kernels (and their dilation) and pooling, multiplied by the strides before them;
    a bilinearly enlarged map sees two pixels of the smaller one, or one if it falls on it; branches
    that meet see the smallest interval around what each of them sees. What mixes all pixels (a sum
    or mean over rows or columns, a matrix product of two maps) is taken to see the whole input,
    with a stride of 0; so are `reshape` and `transpose`, unless several in a row make channels of
    the pixels of a window, or pixels of channels. Behind `sample_points`, unit i of either axis is
    the point i.

    Parameters
    ----------
    graph : Graph
        From `featmatch.nn.trace`. Its first input has the shape (N, H, W, C); others of the
        same height and width are taken to lie over it.

    Returns
    -------
    dict of str to ReceptiveField
        Under the operations' names, in their order.

    Raises
    ------
    ValueError
        The first input does not have four axes.
    """
    shape = graph.operations[0].shape
    if len(shape) != 4:
        raise ArgumentError(f"graph: expected a network for (N, H, W, C), got an input {shape}")
    along_height = _along_axis(graph, 0, shape[1])
    along_width = _along_axis(graph, 1, shape[2])
    fields = {}
    for place, operation in enumerate(graph.operations):
        sources = [source for source in operation.inputs if source is not None]
        aligned = all(_aligned([axis[s] for s in sources]) for axis in (along_height, along_width))
        fields[operation.name] = ReceptiveField(along_height[place], along_width[place], aligned)
    return fields


def _along_axis(graph: Graph, axis: int, size: int) -> list[AxisField]:
    whole = AxisField(((0, size - 1),), 0)
    fields: list[AxisField] = []
    for operation in graph.operations:
        if operation.op == "input":
            fits = len(operation.shape) == 4 and operation.shape[1 + axis] == size
            fields.append(AxisField(((0, 0),), 1) if fits else whole)
            continue
        seen = [
            _through(fields[source], taps) if taps else whole
            for source, taps in _reads(graph, operation, axis)
        ]
        fields.append(_union(seen, whole))
    return fields


def _reads(graph: Graph, operation: Operation, axis: int) -> list[tuple[int, Taps | None]]:
    """Places of the operations that one reads, and how it does."""
    if operation.op in REARRANGING:
        source, chain = _rearrangements(graph, operation)
        return [(source, rearranged_taps(graph.operations[source].shape, chain, axis))]
    return [
        (source, find_taps(operation, place, axis))
        for place, source in enumerate(operation.inputs)
        if source is not None
    ]


def _rearrangements(graph: Graph, operation: Operation) -> tuple[int, list[Operation]]:
    """All that reshape and transpose in a row up to an operation, and the place of what they do."""
    chain: list[Operation] = []
    while operation.op in REARRANGING:
        chain.insert(0, operation)
        (source,) = (source for source in operation.inputs if source is not None)
        operation = graph.operations[source]
    return source, chain


def _through(field: AxisField, taps: Taps) -> AxisField:
    """See through an operation: the field of its output from that of its input."""
    period = taps.period * field.period // gcd(taps.step, field.period)
    intervals = [_hull([field.interval(u) for u in taps.units(unit)]) for unit in range(period)]
    steps = taps.step * period // taps.period
    return AxisField(tuple(intervals), steps // field.period * field.shift)


def _union(fields: list[AxisField], whole: AxisField) -> AxisField:
    """Join branches: the whole input if they go on at different strides."""
    if len({field.stride for field in fields}) > 1:
        return whole
    period = lcm(*(field.period for field in fields))
    intervals = [_hull([field.interval(unit) for field in fields]) for unit in range(period)]
    return AxisField(tuple(intervals), int(fields[0].stride * period))


def _hull(intervals: list[Interval]) -> Interval:
    intervals = [(first, last) for first, last in intervals if first <= last]
    if not intervals:
        return 0, -1
    return min(first for first, _ in intervals), max(last for _, last in intervals)


def _aligned(fields: list[AxisField]) -> bool:
    """Whether branches have the same centers; those that see the whole input have none."""
    return len({(field.center, field.stride) for field in fields if field.stride}) <= 1
