"""Published networks, in any width: their receptive fields and costs are known."""

from __future__ import annotations

import numpy as np

from featmatch.nn.activation_layers import LeakyReLU, ReLU
from featmatch.nn.arithmetic import concatenate
from featmatch.nn.layers import BatchNorm2d, Conv2d, Linear
from featmatch.nn.module import Module, Sequential
from featmatch.nn.resampling import sample_points
from featmatch.nn.resizing_layers import AvgPool2d, Flatten, MaxPool2d, Upsample
from featmatch.nn.tensor import Parameter


class Function(Module):
    """A network of one function of its inputs."""

    def __init__(self, function):
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


class InDouble(Function):
    """The same with a parameter, if without a use, in float64: so the input is, too."""

    def __init__(self, function):
        super().__init__(function)
        self.unused = Parameter(np.zeros(1))


def conv(rng, inputs, outputs, size=3, **options):
    options = {"padding": size // 2, "bias": False} | options
    return Conv2d(inputs, outputs, size, rng=rng, **options)


def space_to_depth(x, factor):
    """Make channels of windows of pixels: (N, H, W, C) -> (N, H / f, W / f, f f C)."""
    n, height, width, channels = x.shape
    cells = x.reshape(n, height // factor, factor, width // factor, factor, channels)
    rows = cells.transpose(0, 1, 3, 2, 4, 5)
    return rows.reshape(n, height // factor, width // factor, factor**2 * channels)


def depth_to_space(x, factor):
    """Make pixels of channels, as `torch.nn.PixelShuffle`: (N, H, W, f f C) -> (N, f H, f W, C)."""
    n, height, width, channels = x.shape
    cells = x.reshape(n, height, width, factor, factor, channels // factor**2)
    rows = cells.transpose(0, 1, 3, 2, 4, 5)
    return rows.reshape(n, factor * height, factor * width, channels // factor**2)


class FeaturesS(Module):
    """A pyramid of four scales over 2 x 2 pixels, with a map of logits and descriptors at points.

    Points are (x, y) in pixels of the image.
    """

    def __init__(self, rng, points=None):
        def block(inputs, outputs):
            parts = [(inputs, outputs), (outputs, outputs)]
            return Sequential(
                *(
                    layer
                    for part in parts
                    for layer in (conv(rng, *part), BatchNorm2d(part[1]), LeakyReLU(0.1))
                )
            )

        self.a, self.b, self.c, self.d = (
            block(*channels) for channels in ((4, 16), (16, 32), (32, 64), (64, 64))
        )
        self.pool, self.up, self.activation = AvgPool2d(2), Upsample(2), LeakyReLU(0.1)
        self.ka, self.kb, self.kc = (conv(rng, channels, 16, 1) for channels in (16, 32, 64))
        self.k1, self.k2 = conv(rng, 16, 16), conv(rng, 16, 1, 1)
        self.laterals = [conv(rng, channels, 64, 1) for channels in (16, 32, 64, 64)]
        self.description = conv(rng, 64, 64, 1)
        self.points = points

    def forward(self, image):
        a = self.a(concatenate([image[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]))
        b = self.b(self.pool(a))
        c = self.c(self.pool(b))
        d = self.d(self.pool(c))
        k = self.up(self.up(self.kc(c)) + self.kb(b)) + self.ka(a)
        outputs = {"logits": self.k2(self.k1(self.activation(k)))}
        if self.points is not None:
            sums = 0
            for level, (lateral, map_) in enumerate(zip(self.laterals, (a, b, c, d), strict=True)):
                samples = sample_points(map_, (self.points + 0.5) / 2 ** (level + 1) - 0.5)
                sums = sums + samples @ lateral.weight.data[0, 0]
            outputs["descriptors"] = self.activation(sums)
        return outputs


def vgg16(rng, width=64):
    """Simonyan and Zisserman, ICLR 2015, without the fully connected layers."""
    layers, channels = [], 3
    for depth, factor in ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8)):
        for _ in range(depth):
            layers += [conv(rng, channels, factor * width, bias=True), ReLU()]
            channels = factor * width
        layers.append(MaxPool2d(2))
    return Sequential(*layers)


def alexnet(rng, width=1):
    """AlexNet v2 of TF-Slim, up to the last pooling."""
    return Sequential(
        conv(rng, 3, width, 11, stride=4, padding=0),
        MaxPool2d(3, 2),
        conv(rng, width, width, 5),
        MaxPool2d(3, 2),
        conv(rng, width, width),
        conv(rng, width, width),
        conv(rng, width, width),
        MaxPool2d(3, 2),
    )


class Bottleneck(Module):
    def __init__(self, rng, inputs, inner, outputs, stride):
        self.body = Sequential(
            conv(rng, inputs, inner, 1),
            BatchNorm2d(inner),
            ReLU(),
            conv(rng, inner, inner, stride=stride),
            BatchNorm2d(inner),
            ReLU(),
            conv(rng, inner, outputs, 1),
            BatchNorm2d(outputs),
        )
        self.shortcut = conv(rng, inputs, outputs, 1, stride=stride)
        self.relu = ReLU()

    def forward(self, x):
        return self.relu(self.body(x) + self.shortcut(x))


def resnet50(rng, width=1, *, stride_first):
    """He et al., CVPR 2016; each stage halves the map in its first unit, or, as TF-Slim, last."""
    layers = [conv(rng, 3, width, 7, stride=2), MaxPool2d(3, 2, 1 if stride_first else 0)]
    channels = width
    for stage, depth in enumerate((3, 4, 6, 3)):
        halving = (stage > 0) if stride_first else (stage < 3)
        place = 0 if stride_first else depth - 1
        for unit in range(depth):
            stride = 2 if halving and unit == place else 1
            layers.append(Bottleneck(rng, channels, width, 4 * width, stride))
            channels = 4 * width
    return Sequential(*layers)


class GlobalMean(Module):
    def forward(self, x):
        return x.mean(axis=(1, 2))


def mobilenet(rng):
    """Howard et al., arXiv 1704.04861, table 1."""

    def part(inputs, outputs, size, **options):
        return conv(rng, inputs, outputs, size, **options), BatchNorm2d(outputs), ReLU()

    layers = [*part(3, 32, 3, stride=2)]
    inputs = 32
    for outputs, stride in (
        *((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)),
        *((512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)),
    ):
        layers += part(inputs, inputs, 3, stride=stride, groups=inputs)
        layers += part(inputs, outputs, 1)
        inputs = outputs
    return Sequential(*layers, GlobalMean(), Linear(1024, 1000, rng=rng))


def lenet(rng):
    """A small classifier of 28 x 28 digits."""
    return Sequential(
        Conv2d(1, 6, 5, padding=2, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(6, 16, 5, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(400, 10, rng=rng),
    )


def randomize(network, seed=0):
    """Give all parameters and statistics values that no layer starts with."""
    rng = np.random.default_rng(seed)
    for name, array in (
        *((name, parameter.data) for name, parameter in network.named_parameters().items()),
        *network.named_buffers().items(),
    ):
        if name.endswith("running_var"):
            array[...] = rng.uniform(0.5, 2, array.shape)
        elif array.ndim == 1:
            array[...] = rng.uniform(-1, 1, array.shape) + name.endswith("weight")
    return network
