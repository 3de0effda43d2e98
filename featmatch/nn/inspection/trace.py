"""Which operations a network consists of: those that it records for an input of a given shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import numpy as np

from featmatch.checks import check_integer
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.autograd import ancestors
from featmatch.nn.module import Module, keep_modes
from featmatch.nn.tensor import Parameter, Tensor

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Operation:
    """An operation of a network, or one of its inputs.

    Attributes
    ----------
    name : str
        Of the layer whose parameters it uses, else `op` with a running number; unique.
    op : str
        What it computes; ``"input"`` for an input of the network.
    inputs : tuple of int or None
        For each of `tensors`: the place of the operation that made it; None for a parameter or a
        constant.
    num_parameters : int
        Numbers in its parameters, without those that an operation before it uses too.
    output : Tensor
        What it computed.
    """

    name: str
    op: str
    inputs: tuple[int | None, ...]
    num_parameters: int
    output: Tensor

    @property
    def shape(self) -> Shape:
        """Shape of the output."""
        return self.output.shape

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """What it was computed from."""
        return self.output.node.inputs if self.output.node else ()

    @property
    def attributes(self) -> dict[str, Any]:
        """Its other arguments."""
        return self.output.node.attributes if self.output.node else {}


@dataclass(frozen=True, eq=False)
class Graph:
    """What a network computes.

    Attributes
    ----------
    operations : tuple of Operation
        The inputs first; every operation after those that it needs.
    outputs : dict of str to int
        Names of the network's outputs, and their places among the operations.
    """

    operations: tuple[Operation, ...]
    outputs: dict[str, int]

    @property
    def inputs(self) -> tuple[Operation, ...]:
        """The inputs of the network."""
        return tuple(operation for operation in self.operations if operation.op == "input")

    def __getitem__(self, name: str) -> Operation:
        """Find an operation by its name."""
        for operation in self.operations:
            if operation.name == name:
                return operation
        names = ", ".join(operation.name for operation in self.operations)
        raise ArgumentError(f"operation: expected one of {names}, got {name!r}")


def trace(
    network: Module,
    input_shape: Shape | Sequence[Shape],
    rng: np.random.Generator | None = None,
) -> Graph:
    """Run a network in evaluation mode on random numbers and list its operations.

    A branch that the network's Python code does not take for this input is not seen.

    Parameters
    ----------
    network : Module
        It returns a tensor, or a tuple, list or dict of tensors. Its mode is restored.
    input_shape : tuple of int, or a sequence of such tuples
        Shape of the input, (N, H, W, C) for images; several for a network with several inputs.
    rng : numpy.random.Generator, optional
        Draws the input, uniformly from above 0 to 1 as pixels are; left out: one with a fixed seed.

    Returns
    -------
    Graph
        A single output is called ``"output"``, those of a tuple ``"output.0"`` and so on, those of
        a dict have its keys.

    Raises
    ------
    TypeError
        The network returns something else than tensors.
    ValueError
        A shape is not one, or an output does not depend on the inputs.
    """
    inputs = _draw_inputs(network, input_shape, rng or np.random.default_rng(0))
    with keep_modes(network):
        outputs = _name_outputs(network.eval()(*inputs))
    operations = _list_operations(inputs, list(outputs.values()), network.named_parameters())
    places = {id(operation.output): place for place, operation in enumerate(operations)}
    for name, output in outputs.items():
        if id(output) not in places:
            raise ArgumentError(
                "network: expected outputs that recorded operations computed from the input, got"
                f" {name} = {output}"
            )
    return Graph(tuple(operations), {name: places[id(y)] for name, y in outputs.items()})


def basic_slices(index: object, ndim: int) -> tuple[slice, ...] | None:
    """Spell out an index as one slice an axis; None if it holds something else than slices."""
    parts = list(index) if isinstance(index, tuple) else [index]
    place = next((place for place, part in enumerate(parts) if part is Ellipsis), len(parts))
    before, after = parts[:place], parts[place + 1 :]
    between = [slice(None)] * (ndim - len(before) - len(after))
    slices = [part for part in (*before, *between, *after) if isinstance(part, slice)]
    return tuple(slices) if len(slices) == ndim == len(before + between + after) else None


def _draw_inputs(
    network: Module, input_shape: Shape | Sequence[Shape], rng: np.random.Generator
) -> list[Tensor]:
    dtype = next((parameter.dtype for parameter in network.parameters()), np.dtype(np.float32))
    shapes: list[Any] = [input_shape]
    if isinstance(input_shape, list | tuple) and {type(part) for part in input_shape} == {tuple}:
        shapes = list(input_shape)
    for shape in shapes:
        if not isinstance(shape, tuple) or not shape:
            raise ArgumentError(f"input_shape: expected a tuple of sizes, got {input_shape!r}")
        for size in shape:
            check_integer("input_shape", size, 1)
    return [Tensor((1 - rng.random(shape)).astype(dtype), True) for shape in shapes]


def _name_outputs(result: object, name: str = "") -> dict[str, Tensor]:
    """Flatten what a network returned; names of nested parts are joined by dots."""
    if isinstance(result, Tensor):
        return {name or "output": result}
    if isinstance(result, Mapping):
        parts = {f"{name}.{key}" if name else str(key): part for key, part in result.items()}
    elif isinstance(result, tuple | list):
        parts = {f"{name or 'output'}.{place}": part for place, part in enumerate(result)}
    else:
        raise ArgumentTypeError(
            "network: expected a tensor, or a tuple, list or dict of tensors, as its output, got"
            f" {type(result).__name__}"
        )
    return {
        key: y for part, value in parts.items() for key, y in _name_outputs(value, part).items()
    }


def _list_operations(
    inputs: list[Tensor], outputs: list[Tensor], named_parameters: Mapping[str, Parameter]
) -> list[Operation]:
    names = {id(parameter): name for name, parameter in named_parameters.items()}
    operations = [
        Operation("input" if len(inputs) == 1 else f"input_{number}", "input", (), 0, x)
        for number, x in enumerate(inputs, 1)
    ]
    places = {id(x): place for place, x in enumerate(inputs)}
    counted: set[int] = set()  # parameters that belong to an operation already
    for tensor in ancestors(*outputs):
        sources = tuple(places.get(id(parent)) for parent in _parents(tensor))
        if tensor.node is None or set(sources) == {None}:
            continue  # an input of the network, or a constant
        used = _parameters_beside(tensor, places)
        layer = next((names[id(p)].rpartition(".")[0] for p in used if id(p) in names), "")
        name = _unique_name(layer, tensor.node.op, {operation.name for operation in operations})
        size = sum(parameter.data.size for parameter in used if id(parameter) not in counted)
        counted.update(id(parameter) for parameter in used)
        places[id(tensor)] = len(operations)
        operations.append(Operation(name, tensor.node.op, sources, size, tensor))
    return operations


def _parameters_beside(tensor: Tensor, places: Mapping[int, int]) -> list[Parameter]:
    """Parameters that a tensor was computed from, but for those that went into other operations."""
    constants = [parent for parent in _parents(tensor) if id(parent) not in places]
    return [found for found in ancestors(*constants) if isinstance(found, Parameter)]


def _parents(tensor: Tensor) -> tuple[Tensor, ...]:
    return tensor.node.inputs if tensor.node else ()


def _unique_name(layer: str, op: str, taken: set[str]) -> str:
    if layer and layer not in taken:
        return layer
    numbered = (f"{layer or op}_{number}" for number in count(2 if layer else 1))
    return next(name for name in numbered if name not in taken)
