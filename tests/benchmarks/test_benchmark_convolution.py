"""The convolution engine on two threads, against PyTorch, OpenCV's network module and a textbook.

Needs the extra `torch`.
"""

from __future__ import annotations

import threading
import tracemalloc

import cv2
import numpy as np
import pytest
import torch
from paired import Comparison, compare
from textbook_convolution import textbook_conv2d

from featmatch.nn import Conv2d, Tensor, conv2d, export_onnx, grad, no_grad
from featmatch.threads import set_num_threads as set_our_threads

SHAPES = [(240, 320, 16), (120, 160, 32), (60, 80, 64)]
ROUNDS = [()] * 9


class Layer:
    """A 3 x 3 convolution with as many outputs as inputs, in every engine's own layout."""

    def __init__(self, height, width, channels):
        self.name = f"3x3 conv, {height}x{width}x{channels}"
        self.channels = channels
        self.module = Conv2d(channels, channels, 3, padding=1, rng=np.random.default_rng(0))
        self.inputs = [
            Tensor(self.image(1, height, width, channels), requires_grad=True),
            self.module.weight,
            self.module.bias,
        ]
        self.dy = self.image(1, height, width, channels)
        self.image_nchw = np.ascontiguousarray(self.inputs[0].data.transpose(0, 3, 1, 2))
        self.weight_oihw = np.ascontiguousarray(self.inputs[1].data.transpose(3, 2, 0, 1))
        last = torch.channels_last
        self.torch_inputs = [
            torch.tensor(self.image_nchw).contiguous(memory_format=last).requires_grad_(),
            torch.tensor(self.weight_oihw).contiguous(memory_format=last).requires_grad_(),
            torch.tensor(self.inputs[2].data).requires_grad_(),
        ]
        self.torch_dy = torch.tensor(self.dy).permute(0, 3, 1, 2)

    def image(self, *shape):
        return np.random.default_rng(1).standard_normal(shape).astype(np.float32)

    def forward(self):
        with no_grad():
            return conv2d(*self.inputs, padding=1)

    def forward_and_backward(self):
        return grad(conv2d(*self.inputs, padding=1), self.inputs, self.dy)

    def torch_forward(self):
        with torch.inference_mode():
            return torch.nn.functional.conv2d(*self.torch_inputs, padding=1)

    def torch_forward_and_backward(self):
        y = torch.nn.functional.conv2d(*self.torch_inputs, padding=1)
        return torch.autograd.grad(y, self.torch_inputs, self.torch_dy)

    def textbook_forward(self):
        bias = self.inputs[2].data
        return textbook_conv2d(self.image_nchw, self.weight_oihw, bias, padding=1)


@pytest.fixture(params=SHAPES, ids=lambda shape: "x".join(map(str, shape)))
def layer(request):
    return Layer(*request.param)


@pytest.fixture(autouse=True)
def _two_threads():
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(2)
    cv2.setNumThreads(2)
    set_our_threads(2)
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


def test_forward_against_pytorch(layer, hold):
    np.testing.assert_allclose(
        layer.forward().data, layer.torch_forward().permute(0, 2, 3, 1), atol=1e-3
    )
    hold(
        compare(
            f"{layer.name} / PyTorch",
            layer.forward,
            layer.torch_forward,
            ROUNDS,
            bound=1.15,
            calls=15,
        )
    )


def test_forward_and_backward_against_pytorch(layer, hold):
    hold(
        compare(
            f"{layer.name}, and its gradients / PyTorch",
            layer.forward_and_backward,
            layer.torch_forward_and_backward,
            ROUNDS,
            bound=1.15,
            calls=10,
        )
    )


def test_forward_against_opencv(layer, hold, tmp_path):
    path = tmp_path / "layer.onnx"
    export_onnx(layer.module, layer.inputs[0].shape, path)
    net = cv2.dnn.readNetFromONNX(str(path))

    def opencv_forward():
        net.setInput(layer.image_nchw)
        return net.forward()

    np.testing.assert_allclose(
        layer.forward().data, opencv_forward().transpose(0, 2, 3, 1), atol=1e-3
    )
    hold(
        compare(
            f"{layer.name} / cv2.dnn", layer.forward, opencv_forward, ROUNDS, bound=1.25, calls=15
        )
    )


def test_forward_against_the_textbook(layer, hold):
    np.testing.assert_allclose(
        layer.forward().data, layer.textbook_forward().transpose(0, 2, 3, 1), atol=1e-3
    )
    hold(
        compare(
            f"{layer.name} / textbook im2col",
            layer.forward,
            layer.textbook_forward,
            ROUNDS[:5],
            bound=1 / 8,
            calls=8,
        )
    )


@pytest.mark.parametrize("backward", [False, True])
def test_memory_of_a_layer(layer, backward, hold):
    """All that a first call needs, with what its threads keep for the next one."""
    user = threading.Thread(target=layer.forward_and_backward if backward else layer.forward)
    tracemalloc.start()
    user.start()
    user.join()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    in_and_out = 2 * layer.inputs[0].data.nbytes
    name = f"{layer.name}{', and its gradients' if backward else ''}, memory / in + out"
    megabytes = 2**20
    hold(
        Comparison(
            name, peak / megabytes, in_and_out / megabytes, peak / in_and_out, bound=3, unit="MB"
        )
    )
