"""Export of a network to ONNX, the format that other inference engines read."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from featmatch.errors import ArgumentError, MissingExtraError
from featmatch.files import write_whole
from featmatch.nn.export.onnx_graph import MAP_AXES, OnnxGraph
from featmatch.nn.export.onnx_operations import translate
from featmatch.nn.inspection.trace import Graph, Shape, trace
from featmatch.nn.module import Module

if TYPE_CHECKING:
    import onnx

_OPSET, _IR_VERSION = 13, 7  # of 2020; newer ones add nothing needed here
_AXES = ("batch", "height", "width", "channels")


def export_onnx(
    network: Module, input_shape: Shape | Sequence[Shape], path: str | PathLike[str]
) -> None:
    """Write what a network computes in evaluation mode as an ONNX file of float32 numbers.

    Inputs and outputs with four axes are (N, C, H, W) in the file, as is usual there, and not
    (N, H, W, C); all others keep their axes. The names are those of `featmatch.nn.trace`.
    The batch size, or height and width, are left open if the network turns out to be the same for
    other sizes, else they are fixed to those of `input_shape`.

    Parameters
    ----------
    network : Module
    input_shape : tuple of int, or a sequence of such tuples
        As for `featmatch.nn.trace`: (N, H, W, C).
    path : str or path
        It is written whole or not at all.

    Raises
    ------
    ValueError
        An operation has no counterpart in ONNX (`sample_points`, or an index that is not made of
        slices), or something that is not recorded depends on the input.
    MissingExtraError
        The package onnx is not installed.
    OutputError
        The file cannot be written.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError(
            "onnx: is not installed, but the export needs it; pip install onnx"
        ) from error
    model = _build(network, input_shape)
    onnx.checker.check_model(model, full_check=True)
    write_whole(path, model.SerializeToString())


def _build(network: Module, input_shape: Shape | Sequence[Shape]) -> onnx.ModelProto:
    from onnx import helper, numpy_helper

    names = {id(parameter): name for name, parameter in network.named_parameters().items()}
    graph = trace(network, input_shape)
    translation = translate(graph, names)
    graphs = [graph, *_equal_for_other_sizes(network, graph, translation, names)]
    onnx_graph = helper.make_graph(
        [
            helper.make_node(node.op, node.inputs, [node.name], node.name, **node.attributes)
            for node in translation.nodes
        ],
        type(network).__name__,
        [_declare(x.name, place, graphs) for place, x in enumerate(graph.inputs)],
        [_declare(name, place, graphs) for name, place in graph.outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in translation.constants.items()],
    )
    return helper.make_model(
        onnx_graph,
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="featmatch",
    )


def _equal_for_other_sizes(
    network: Module, graph: Graph, translation: OnnxGraph, names: dict[int, str]
) -> list[Graph]:
    """Try another batch size, and another height and width: those with the same translation.

    Raises
    ------
    ValueError
        Not even other numbers of the same shapes have the same translation.
    """
    shapes = [operation.shape for operation in graph.inputs]
    if not translate(trace(network, shapes, np.random.default_rng(1)), names).equals(translation):
        raise ArgumentError(
            "network: expected that the input is only used by operations on tensors, got constants"
            " that depend on it"
        )
    longer = [(shape[0] + 1, *shape[1:]) for shape in shapes]
    larger = [
        (shape[0], 2 * shape[1], 3 * shape[2], shape[3]) if len(shape) == 4 else shape
        for shape in shapes
    ]
    equal = []
    for others in (longer, larger):
        try:
            other = trace(network, others)
            if translate(other, names).equals(translation):
                equal.append(other)
        except (ValueError, TypeError, IndexError):
            continue  # the network is made for one size
    return equal


def _declare(name: str, place: int, graphs: Sequence[Graph]) -> onnx.ValueInfoProto:
    """Declare an input or output; sizes that differ between the graphs are left open."""
    from onnx import TensorProto, helper

    shapes = [graph.operations[place].shape for graph in graphs]
    labels = _AXES if len(shapes[0]) == 4 else range(len(shapes[0]))
    sizes: list[Any] = [
        lengths[0] if len(set(lengths)) == 1 else f"{name}.{label}"
        for label, *lengths in zip(labels, *shapes, strict=True)
    ]
    if len(sizes) == 4:
        sizes = [sizes[axis] for axis in MAP_AXES]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)
