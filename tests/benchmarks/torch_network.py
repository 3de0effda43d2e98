"""The layers of the learned network in PyTorch, with the same weights."""

from __future__ import annotations

import torch
from torch.nn.functional import avg_pool2d, interpolate, pixel_shuffle, pixel_unshuffle

from featmatch import nn


class TorchNetwork(torch.nn.Module):
    """Logits and feature maps of images (N, 1, H, W), as `FeatureNetwork.forward`."""

    def __init__(self, network):
        super().__init__()
        self.blocks = _converted(network.blocks)
        self.score_laterals = _converted(network.score_laterals)
        self.score_head = _converted(network.score_head)
        self.to(memory_format=torch.channels_last)

    def forward(self, images):
        x = pixel_unshuffle(images, 2)
        maps: list[torch.Tensor] = []
        for block in self.blocks:
            x = block(avg_pool2d(x, 2) if maps else x)
            maps.append(x)
        fine, middle, coarse = (
            lateral(x) for lateral, x in zip(self.score_laterals, maps, strict=False)
        )
        sums = _upsampled(_upsampled(coarse) + middle) + fine
        logits = pixel_shuffle(self.score_head(sums), 2)
        return avg_pool2d(avg_pool2d(logits, 2, 1, 1), 2, 1), maps


def _upsampled(maps):
    return interpolate(maps, scale_factor=2, mode="bilinear")


def _converted(layers):
    """Convert a layer of ours, or several."""
    if isinstance(layers, list):
        return torch.nn.ModuleList(map(_converted, layers))
    if isinstance(layers, nn.Sequential):
        return torch.nn.Sequential(*map(_converted, layers.layers))
    if isinstance(layers, nn.LeakyReLU):
        return torch.nn.LeakyReLU(layers.negative_slope, inplace=True)
    kh, kw, inputs, outputs = layers.weight.shape
    convolution = torch.nn.Conv2d(inputs, outputs, (kh, kw), padding=layers.padding)
    with torch.no_grad():
        convolution.weight.copy_(torch.tensor(layers.weight.data).permute(3, 2, 0, 1))
        convolution.bias.copy_(torch.tensor(layers.bias.data))
    return convolution
