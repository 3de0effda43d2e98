"""An ONNX graph under construction: nodes, and constants in ONNX's layout.

ONNX has channels before height and width. So every tensor of four axes, (N, H, W, C) in the engine,
is a map (N, C, H, W) here; all others keep their axes. An operation whose meaning depends on the
order of the axes, such as `reshape`, is put between transpositions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.nn.inspection.trace import Graph, Operation
from featmatch.nn.tensor import Array

MAP_AXES = (0, 3, 1, 2)  # of a tensor (N, H, W, C), in the order of a map
ENGINE_AXES = (0, 2, 3, 1)  # of a map, in the order of the engine


@dataclass(frozen=True)
class OnnxNode:
    """A node; its only output has its name."""

    op: str
    name: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]


class OnnxGraph:
    """Nodes and constants so far.

    Parameters
    ----------
    graph : Graph
        What is to be translated; the names of its inputs and outputs are reserved.
    parameter_names : dict of int to str
        Names of parameters under their ``id``.

    Attributes
    ----------
    nodes : list of OnnxNode
    constants : dict of str to ndarray
    values : list of str
        What the operations' outputs are called here.
    """

    def __init__(self, graph: Graph, parameter_names: dict[int, str]) -> None:
        self.nodes: list[OnnxNode] = []
        self.constants: dict[str, Array] = {}
        self.values = [operation.name for operation in graph.inputs]
        self._shapes = [operation.shape for operation in graph.operations]
        self._parameter_names = parameter_names
        self._taken = {*self.values, *graph.outputs}
        for name in self.values:
            if name in graph.outputs:
                raise ArgumentError(f"network: expected outputs named unlike inputs, got {name!r}")

    def node(self, op: str, name: str, inputs: Iterable[str], **attributes: Any) -> str:
        """Add a node and return its name: `name`, or one like it that is free."""
        free = self._free(name)
        self.nodes.append(OnnxNode(op, free, tuple(inputs), attributes))
        return free

    def constant(self, name: str, value: Any, dtype: type = np.float32) -> str:
        """Add a constant, unless it is there, and return its name: `name`, or one like it."""
        array: Array = np.array(value, dtype, order="C")
        if name in self.constants and _same(self.constants[name], array):
            return name
        free = self._free(name)
        self.constants[free] = array
        return free

    def weight(self, operation: Operation, index: int, *axes: int) -> str:
        """Name a parameter of an operation, its axes in a new order."""
        if operation.inputs[index] is not None:
            raise ArgumentError(
                f"network: expected weights that do not depend on its input, got {operation.name}"
            )
        tensor = operation.tensors[index]
        name = self._parameter_names.get(id(tensor), f"{operation.name}.constant")
        return self.constant(name, tensor.data.transpose(axes) if axes else tensor.data)

    def value(self, operation: Operation, index: int = 0) -> str:
        """Name an input of an operation, where those of four axes are maps."""
        place, tensor = operation.inputs[index], operation.tensors[index]
        if place is not None:
            return self.values[place]
        if len(operation.shape) != 4 or tensor.ndim == 0:
            return self.weight(operation, index)
        padded = tensor.data.reshape((1,) * (4 - tensor.ndim) + tensor.shape)
        return self.constant(f"{operation.name}.constant", padded.transpose(MAP_AXES))

    def value_in_engine_order(self, operation: Operation, index: int = 0) -> str:
        """Name an input of an operation, with the axes that it has in the engine."""
        place = operation.inputs[index]
        if place is None:
            return self.weight(operation, index)
        value = self.values[place]
        if len(self._shapes[place]) != 4:
            return value
        return self.node("Transpose", f"{value}.transposed", [value], perm=ENGINE_AXES)

    def node_in_engine_order(
        self, operation: Operation, op: str, inputs: Iterable[str], **attributes: Any
    ) -> str:
        """Add a node whose output has the engine's axes, and make a map of that if it has four."""
        if len(operation.shape) != 4:
            return self.node(op, operation.name, inputs, **attributes)
        value = self.node(op, f"{operation.name}.transposed", inputs, **attributes)
        return self.node("Transpose", operation.name, [value], perm=MAP_AXES)

    def name_output(self, name: str, value: str) -> None:
        """Let an output of the network be a value."""
        self.nodes.append(OnnxNode("Identity", name, (value,), {}))

    def equals(self, other: OnnxGraph) -> bool:
        """Whether all nodes and constants are the same."""
        return (
            self.nodes == other.nodes
            and self.constants.keys() == other.constants.keys()
            and all(_same(array, other.constants[k]) for k, array in self.constants.items())
        )

    def _free(self, name: str) -> str:
        names = (name if number == 1 else f"{name}_{number}" for number in count(1))
        free = next(candidate for candidate in names if candidate not in self._taken)
        self._taken.add(free)
        return free


def _same(a: Array, b: Array) -> bool:
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
