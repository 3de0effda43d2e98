"""Receptive fields: how they grow from layer to layer, and how much of them matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featmatch import nn
from featmatch.explaining.pictures import gray_picture
from featmatch.explaining.topic import Topic
from featmatch.images.image import Image
from featmatch.learned.network.effective_fields import effective_fields
from featmatch.learned.network.level import Level
from featmatch.learned.network.network import STRIDE, FeatureNetwork
from featmatch.learned.network.weights import load_network
from featmatch.nn.inspection.trace import Operation

MAX_SIZE = 320  # px of the longer side of what the network looks at
SHARE = 0.86  # of the gradient, within the effective size: two deviations of a round Gaussian
NUM_WINDOWS = 6

_TITLES = {
    "reshape": "fold 2 x 2 pixels into channels",
    "conv2d": "3 x 3 convolution",
    "avg_pool2d": "mean of 2 x 2",
}
_SUMMARY = (
    "A unit of the first layer sees a few pixels. A unit of the next one sees a few of those "
    "units, and so a larger part of the image: its receptive field. It grows with every kernel, "
    "and it grows faster after every step of a stride, since the same kernel then spans more "
    "pixels. Not all pixels of it matter alike: those in the middle reach the unit on many more "
    "ways than those at the rim."
)
_CODE = """\
import featmatch
from featmatch import nn

page = featmatch.explain("receptive-fields", "photo.jpg").data  # the numbers of this page
network = featmatch.load_network()
graph = nn.trace(network, (1, 160, 160, 1))
fields = nn.receptive_fields(graph)
for operation in graph.operations:
    if operation.op == "conv2d":
        print(operation.name, fields[operation.name].size, fields[operation.name].stride)
deepest = fields["blocks.3.layers.2"]  # the name of an operation
print(max(deepest.size), "on the page:", page["steps"][-1].size)
print(deepest.stride[0], "on the page:", page["steps"][-1].jump)
"""
_NOTES = (
    "Two 3 x 3 convolutions see the same 5 x 5 pixels as a single one of 5 x 5. That does not make "
    "their effective fields the same: in the stack the middle pixel has nine ways to the unit and "
    "a corner pixel one.",
    "The theoretical field is a limit: outside of it nothing matters, save for what is done to the "
    "image beforehand, as making its mean brightness 0. It does not say what matters inside. With "
    "untrained weights the effective field of a deep stack is close to a Gaussian, and its width "
    "grows with the square root of the number of layers only (Luo et al., 2016); training changes "
    "it.",
    "A receptive field belongs to a unit, not to a kernel: all kernels of convolutions here have "
    "3 x 3 weights for each map they read, whatever their units see of the image.",
)


@dataclass(frozen=True, eq=False)
class Step:
    """A step from the pixels toward the deepest layer.

    Parameters
    ----------
    title : str
    kernel_size, stride : int
        In units of the map before it.
    jump : int
        Pixels from one unit to the next, after the step.
    size : int
        Pixels along the side of what a unit sees.
    center : float
        Middle of what unit 0 sees, along either axis; that of unit u is u jumps further.
    effective_size : int or None
        Pixels along the side of the smallest square that holds most of the gradient. Measured for
        convolutions only.
    heat : (size, size) uint8 or None
        Magnitude of the gradient of a unit by each pixel it sees; 255 is the largest.
    """

    title: str
    kernel_size: int
    stride: int
    jump: int
    size: int
    center: float
    effective_size: int | None
    heat: npt.NDArray[np.uint8] | None


def receptive_fields(image: Image) -> Topic:
    """Show how the fields of the shipped network grow, on an image, and what matters in them."""
    picture = gray_picture(image, MAX_SIZE)
    data = {
        "picture": picture,
        "share": SHARE,
        "num_windows": NUM_WINDOWS,
        "steps": _steps(load_network(), picture),
    }
    return Topic(
        "receptive-fields",
        "Receptive fields: how much of the image a unit sees",
        _SUMMARY,
        data,
        _CODE,
        _NOTES,
    )


def _steps(network: FeatureNetwork, picture: npt.NDArray[np.uint8]) -> tuple[Step, ...]:
    graph = nn.trace(network, (1, 4 * STRIDE, 4 * STRIDE, 1))
    fields = nn.receptive_fields(graph)
    pixels = Level.of(picture, 1.0).pixels
    measured = effective_fields(network, pixels, NUM_WINDOWS, np.random.default_rng(0))
    of_blocks = (field for field in measured if field.layer.name.startswith("block"))
    steps: list[Step] = []
    size, jump = 1, 1
    for operation in _path(graph):
        field = fields[operation.name]
        new_size, new_jump = max(field.size), int(field.stride[0])
        if not new_jump or (new_size, new_jump) == (size, jump):
            continue  # an activation, or part of a step
        found = next(of_blocks).seen if operation.op == "conv2d" else None
        steps.append(
            Step(
                title=_TITLES[operation.op],
                kernel_size=(new_size - size) // jump + 1,
                stride=new_jump // jump,
                jump=new_jump,
                size=new_size,
                center=field.center[0],
                effective_size=found.side(SHARE) if found else None,
                heat=_gray(found.magnitude) if found else None,
            )
        )
        size, jump = new_size, new_jump
    return tuple(steps)


def _path(graph: nn.Graph) -> list[Operation]:
    """Operations from the pixels to the network's coarsest map, in their order."""
    operation = graph.operations[list(graph.outputs.values())[-1]]
    path: list[Operation] = []
    while operation.op != "input":
        path.insert(0, operation)
        source = next(place for place in operation.inputs if place is not None)
        operation = graph.operations[source]
    return path


def _gray(magnitude: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    return np.rint(255 * magnitude / (magnitude.max() or 1)).astype(np.uint8)
