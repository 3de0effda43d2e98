"""An exported file, run by OpenCV, against the engine."""

from __future__ import annotations

import cv2
import numpy as np
import onnx

from featmatch.nn.tensor import Tensor


def channels_first(array):
    return np.ascontiguousarray(array.transpose(0, 3, 1, 2)) if array.ndim == 4 else array


def compare(network, path, *inputs):
    """Run the file in OpenCV and the network in the engine; all outputs must agree."""
    outputs = network.eval()(*(Tensor(x) for x in inputs))
    outputs = outputs if isinstance(outputs, dict) else {"output": outputs}
    net = cv2.dnn.readNetFromONNX(str(path))
    names = ["input"] if len(inputs) == 1 else [f"input_{n + 1}" for n in range(len(inputs))]
    for name, x in zip(names, inputs, strict=True):
        net.setInput(channels_first(x), name)
    for found, output in zip(net.forward(list(outputs)), outputs.values(), strict=True):
        expected = channels_first(output.data)
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


def image(*shape):
    return np.random.default_rng(3).uniform(0.1, 1, shape).astype(np.float32)


def sizes(path):
    """Declared sizes of all inputs and outputs; open ones are strings."""
    graph = onnx.load(path).graph
    return {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
