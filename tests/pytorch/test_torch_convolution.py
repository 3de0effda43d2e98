"""Convolutions and their gradients against PyTorch's."""

from __future__ import annotations

import numpy as np
from convolution_cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch_check import check_against_torch, to_nchw, to_nhwc

from featmatch.nn.convolution import conv2d, conv_transpose2d
from featmatch.nn.window import TransposedWindow


@given(cases(max_size=20))
@settings(max_examples=100)
def test_conv2d(case):
    options = case.stride, case.padding, case.dilation, case.groups

    def theirs(x, weight, bias):
        kernels = weight.permute(3, 2, 0, 1).contiguous()
        return to_nhwc(functional.conv2d(to_nchw(x), kernels, bias, *options))

    def ours(x, weight, bias):
        return conv2d(x, weight, bias, *options)

    check_against_torch(ours, theirs, case.x, case.weight, case.bias)


@given(cases(transposed=True, max_size=12))
@settings(max_examples=100)
def test_conv_transpose2d(case):
    options = case.stride, case.padding, case.output_padding, case.groups, case.dilation
    window = TransposedWindow(case.stride, case.padding, case.output_padding, case.dilation)

    def theirs(x, weight, bias):
        kernels = weight.permute(2, 3, 0, 1).contiguous()
        return to_nhwc(functional.conv_transpose2d(to_nchw(x), kernels, bias, *options))

    def ours(x, weight, bias):
        return conv_transpose2d(x, weight, bias, window, case.groups)

    check_against_torch(ours, theirs, case.x, case.weight, case.bias)


@given(st.sampled_from([(7, 8, 16, 48), (40, 30, 64, 64), (130, 90, 8, 24)]), st.integers(0, 2))
@settings(max_examples=9)
def test_many_channels(size, padding):
    """The shapes that the engine is made for."""
    height, width, num_channels, num_outputs = size
    rng = np.random.default_rng(padding)
    x = rng.standard_normal((2, height, width, num_channels))
    weight = rng.standard_normal((3, 3, num_channels, num_outputs)) / 3

    def theirs(x, weight):
        kernels = weight.permute(3, 2, 0, 1).contiguous()
        return to_nhwc(functional.conv2d(to_nchw(x), kernels, padding=padding))

    check_against_torch(lambda x, w: conv2d(x, w, padding=padding), theirs, x, weight)
