"""What each operation of the engine is in ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from featmatch.errors import ArgumentError
from featmatch.nn.export.onnx_graph import ENGINE_AXES, OnnxGraph
from featmatch.nn.inspection.trace import Graph, Operation, basic_slices
from featmatch.nn.shapes import check_axes

_UNARY = {
    "negate": "Neg",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "relu": "Relu",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
}
_BINARY = {"add": "Add", "multiply": "Mul", "divide": "Div"}
_BEYOND = 2**31 - 1  # an end that no axis reaches


def translate(graph: Graph, parameter_names: dict[int, str]) -> OnnxGraph:
    """Translate all operations; outputs get their names by a node ``Identity``.

    Raises
    ------
    ValueError
        An operation has no counterpart.
    """
    onnx_graph = OnnxGraph(graph, parameter_names)
    for operation in graph.operations[len(graph.inputs) :]:
        onnx_graph.values.append(_translate(onnx_graph, operation))
    for name, place in graph.outputs.items():
        onnx_graph.name_output(name, onnx_graph.values[place])
    return onnx_graph


def _translate(onnx_graph: OnnxGraph, operation: Operation) -> str:
    """Add the nodes of an operation and name its output."""
    name, options, ndim = operation.name, operation.attributes, operation.tensors[0].ndim
    match operation.op:
        case op if op in _UNARY:
            return onnx_graph.node(_UNARY[op], name, [onnx_graph.value(operation)])
        case op if op in _BINARY:
            return _binary(onnx_graph, operation, _BINARY[op])
        case "leaky_relu":
            slope = options["negative_slope"]
            return onnx_graph.node("LeakyRelu", name, [onnx_graph.value(operation)], alpha=slope)
        case "conv2d" | "conv_transpose2d":
            return _convolution(onnx_graph, operation)
        case "max_pool2d":
            return onnx_graph.node(
                "MaxPool", name, [onnx_graph.value(operation)], **_window(operation)
            )
        case "avg_pool2d":
            window = _window(operation) | {"count_include_pad": 1}
            return onnx_graph.node("AveragePool", name, [onnx_graph.value(operation)], **window)
        case "upsample":
            return _upsample(onnx_graph, operation)
        case "batch_norm" if ndim in (2, 4):
            return _batch_norm(onnx_graph, operation)
        case "normalize":
            return _normalize(onnx_graph, operation)
        case "matmul":
            factors = [onnx_graph.value_in_engine_order(operation, index) for index in (0, 1)]
            return onnx_graph.node_in_engine_order(operation, "MatMul", factors)
        case "concatenate":
            values = [onnx_graph.value(operation, index) for index in range(len(operation.inputs))]
            return onnx_graph.node("Concat", name, values, axis=_axis(options["axis"], ndim))
        case "sum" | "mean":
            return _reduce(onnx_graph, operation)
        case "reshape":
            return _reshape(onnx_graph, operation)
        case "transpose":
            axes = [axis % ndim for axis in options["axes"]]
            x = onnx_graph.value_in_engine_order(operation)
            return onnx_graph.node_in_engine_order(operation, "Transpose", [x], perm=axes)
        case "getitem" if _slices(operation) is not None:
            return _slice(onnx_graph, operation)
    raise ArgumentError(
        f"network: expected operations that ONNX has too, got {operation.op} ({name}) of an input"
        f" of shape {operation.tensors[0].shape}"
    )


def _binary(onnx_graph: OnnxGraph, operation: Operation, op: str) -> str:
    """Add an element-wise operation; NumPy and ONNX match axes from the last one on."""
    computed = zip(operation.inputs, operation.tensors, strict=True)
    if all(tensor.ndim == len(operation.shape) for place, tensor in computed if place is not None):
        return onnx_graph.node(
            op, operation.name, [onnx_graph.value(operation, index) for index in (0, 1)]
        )
    values = [onnx_graph.value_in_engine_order(operation, index) for index in (0, 1)]
    return onnx_graph.node_in_engine_order(operation, op, values)


def _convolution(onnx_graph: OnnxGraph, operation: Operation) -> str:
    options = operation.attributes
    attributes = _window(operation) | {"dilations": options["dilation"], "group": options["groups"]}
    if operation.op == "conv2d":
        op, weight = "Conv", onnx_graph.weight(operation, 1, 3, 2, 0, 1)
    else:
        op, weight = "ConvTranspose", onnx_graph.weight(operation, 1, 2, 3, 0, 1)
        attributes["output_padding"] = options["output_padding"]
    bias = [onnx_graph.weight(operation, 2)] if len(operation.inputs) == 3 else []
    return onnx_graph.node(
        op, operation.name, [onnx_graph.value(operation), weight, *bias], **attributes
    )


def _window(operation: Operation) -> dict[str, Any]:
    options = operation.attributes
    (top, bottom), (left, right) = options["padding"]
    return {
        "kernel_shape": options.get("kernel_size") or operation.tensors[1].shape[:2],
        "strides": options["stride"],
        "pads": (top, left, bottom, right),
    }


def _upsample(onnx_graph: OnnxGraph, operation: Operation) -> str:
    factor = operation.attributes["scale_factor"]
    scales = onnx_graph.constant(f"{operation.name}.scales", [1, 1, factor, factor])
    return onnx_graph.node(
        "Resize",
        operation.name,
        [onnx_graph.value(operation), "", scales],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )


def _batch_norm(onnx_graph: OnnxGraph, operation: Operation) -> str:
    options, name = operation.attributes, operation.name
    inputs = [
        onnx_graph.value(operation),
        onnx_graph.weight(operation, 1),
        onnx_graph.weight(operation, 2),
        onnx_graph.constant(f"{name}.running_mean", options["running_mean"]),
        onnx_graph.constant(f"{name}.running_var", options["running_var"]),
    ]
    return onnx_graph.node("BatchNormalization", name, inputs, epsilon=options["eps"])


def _normalize(onnx_graph: OnnxGraph, operation: Operation) -> str:
    """Divide by the length of the vectors, or by `eps` where that is larger."""
    name, x = operation.name, onnx_graph.value(operation)
    axes = [_axis(-1, operation.tensors[0].ndim)]
    norm = onnx_graph.node("ReduceL2", f"{name}.norm", [x], axes=axes, keepdims=1)
    eps = onnx_graph.constant(f"{name}.eps", operation.attributes["eps"])
    divisor = onnx_graph.node("Max", f"{name}.divisor", [norm, eps])
    return onnx_graph.node("Div", name, [x, divisor])


def _reduce(onnx_graph: OnnxGraph, operation: Operation) -> str:
    options, name, shape = operation.attributes, operation.name, operation.tensors[0].shape
    axes = check_axes("axis", options["axis"], shape)
    if not axes:
        return onnx_graph.value(operation)  # where ONNX has no axes, it takes all
    if options["keepdims"]:
        x, axes = onnx_graph.value(operation), tuple(_axis(axis, len(shape)) for axis in axes)
    else:
        x = onnx_graph.value_in_engine_order(operation)
    if operation.op == "mean":  # its axes became an input later than those of a sum
        op, inputs, attributes = "ReduceMean", [x], {"axes": axes}
    else:
        constant = onnx_graph.constant(f"{name}.axes", axes, np.int64)
        op, inputs, attributes = "ReduceSum", [x, constant], {}
    if options["keepdims"]:
        return onnx_graph.node(op, name, inputs, keepdims=1, **attributes)
    return onnx_graph.node_in_engine_order(operation, op, inputs, keepdims=0, **attributes)


def _reshape(onnx_graph: OnnxGraph, operation: Operation) -> str:
    """Reshape; a first axis as long as before stays so, whatever its length, which 0 says."""
    before, shape = operation.tensors[0].shape, list(operation.attributes["shape"])
    if before and shape and shape[0] == before[0]:
        shape[0] = 0
    target = onnx_graph.constant(f"{operation.name}.shape", shape, np.int64)
    inputs = [onnx_graph.value_in_engine_order(operation), target]
    return onnx_graph.node_in_engine_order(operation, "Reshape", inputs)


def _slice(onnx_graph: OnnxGraph, operation: Operation) -> str:
    slices = _slices(operation) or ()
    name, ndim = operation.name, len(slices)
    cut = {_axis(place, ndim): part for place, part in enumerate(slices) if part != slice(None)}
    if not cut:
        return onnx_graph.value(operation)
    columns = {
        "starts": [part.start or 0 for part in cut.values()],
        "ends": [_BEYOND if part.stop is None else part.stop for part in cut.values()],
        "axes": list(cut),
        "steps": [part.step or 1 for part in cut.values()],
    }
    inputs = [
        onnx_graph.constant(f"{name}.{key}", column, np.int64) for key, column in columns.items()
    ]
    return onnx_graph.node("Slice", name, [onnx_graph.value(operation), *inputs])


def _slices(operation: Operation) -> tuple[slice, ...] | None:
    """Slices forward along all axes, if it is these that an index consists of."""
    slices = basic_slices(operation.attributes["index"], operation.tensors[0].ndim)
    forward = slices and all(part.step is None or part.step > 0 for part in slices)
    return slices if forward else None


def _axis(axis: int, ndim: int) -> int:
    """Where an axis of the engine is in ONNX: elsewhere, if the tensor is a map."""
    return ENGINE_AXES[axis] if ndim == 4 else axis % ndim
