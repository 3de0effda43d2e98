"""A network as a table: shapes, parameters, multiply-adds and receptive fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from featmatch.nn.inspection.receptive_field import ReceptiveField, receptive_fields
from featmatch.nn.inspection.trace import Graph, Operation, Shape, trace
from featmatch.nn.module import Module


@dataclass(frozen=True)
class Row:
    """An operation of a network.

    Attributes
    ----------
    name, op : str
    output_shape : tuple of int
    num_parameters : int
        Without those that a row above uses too.
    num_multiply_adds : int
    receptive_field : ReceptiveField or None
        None if the network's input is no image.
    """

    name: str
    op: str
    output_shape: Shape
    num_parameters: int
    num_multiply_adds: int
    receptive_field: ReceptiveField | None


@dataclass(frozen=True)
class Summary:
    """A network for an input of a given shape; `str` makes a table of it.

    Attributes
    ----------
    rows : tuple of Row
        The inputs and all operations, in the order in which they are computed.
    num_parameters : int
        Of the whole network, also those that no row uses.
    parameter_bytes : int
        Memory that they take.
    """

    rows: tuple[Row, ...]
    num_parameters: int
    parameter_bytes: int

    @property
    def num_multiply_adds(self) -> int:
        """Sum over the rows."""
        return sum(row.num_multiply_adds for row in self.rows)

    def __str__(self) -> str:
        return _table(self)


def summarize(network: Module, input_shape: Shape | Sequence[Shape]) -> Summary:
    """List what a network computes for an input of a given shape, and what it costs.

    Multiply-adds are counted as papers count them: a product and its addition are one, in
    convolutions, transposed convolutions and matrix products, for the whole batch. Biases,
    normalization, activations, pooling and interpolation count as none: they are passes over
    memory with few calculations each. So do the savings of fast algorithms.

    Parameters
    ----------
    network : Module
    input_shape : tuple of int, or a sequence of such tuples
        As for `featmatch.nn.trace`.

    Returns
    -------
    Summary

    Raises
    ------
    ValueError, TypeError
        As `featmatch.nn.trace` does.
    """
    graph = trace(network, input_shape)
    fields = _fields(graph)
    rows = tuple(
        Row(
            operation.name,
            operation.op,
            operation.shape,
            operation.num_parameters,
            _count_multiply_adds(operation),
            fields.get(operation.name),
        )
        for operation in graph.operations
    )
    parameters = [parameter.data for parameter in network.parameters()]
    return Summary(rows, sum(p.size for p in parameters), sum(p.nbytes for p in parameters))


def _count_multiply_adds(operation: Operation) -> int:
    """Count products that are added up: one a weight and place where it is used.

    - convolution: output elements x (kh kw C / groups)
    - transposed convolution: input elements x (kh kw O / groups)
    - matrix product: output elements x length of the sums
    """
    match operation.op:
        case "conv2d":
            return prod(operation.shape) * prod(operation.tensors[1].shape[:3])
        case "conv_transpose2d":
            x, weight = operation.tensors[:2]
            return prod(x.shape) * prod((*weight.shape[:2], weight.shape[3]))
        case "matmul":
            return prod(operation.shape) * operation.tensors[0].shape[-1]
    return 0


def _fields(graph: Graph) -> dict[str, ReceptiveField]:
    return receptive_fields(graph) if len(graph.operations[0].shape) == 4 else {}


_HEADER = ("name", "op", "output", "parameters", "multiply-adds", "receptive field", "stride")


def _table(summary: Summary) -> str:
    lines = [_HEADER, *(_cells(row) for row in summary.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADER))]
    texts = [
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    texts.insert(1, "-" * max(len(text) for text in texts))
    unused = summary.num_parameters - sum(row.num_parameters for row in summary.rows)
    counts = f"{summary.num_parameters:,} ({summary.parameter_bytes:,} bytes)"
    if unused:
        counts += f", {unused:,} of them not used"
    return "\n".join(
        [
            *texts,
            "",
            f"parameters:    {counts}",
            f"multiply-adds: {summary.num_multiply_adds:,}",
        ]
    )


def _cells(row: Row) -> tuple[str, ...]:
    field = row.receptive_field
    return (
        row.name,
        row.op,
        " x ".join(str(size) for size in row.output_shape),
        f"{row.num_parameters:,}" if row.num_parameters else "",
        f"{row.num_multiply_adds:,}" if row.num_multiply_adds else "",
        _both(_range(field.rows.sizes), _range(field.columns.sizes)) if field else "",
        _both(*(f"{stride:g}" for stride in field.stride)) if field else "",
    )


def _range(sizes: tuple[int, int]) -> str:
    return str(sizes[0]) if sizes[0] == sizes[1] else f"{sizes[0]}-{sizes[1]}"


def _both(down: str, across: str) -> str:
    """Tell (height, width) by one word if they are the same."""
    return down if down == across else f"{down} x {across}"
