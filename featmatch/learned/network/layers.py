"""What the layers of a network hold, for those who look at them one by one."""

from __future__ import annotations

from dataclasses import dataclass

from featmatch import nn
from featmatch.learned.network.network import ACTIVATIONS, STRIDE, FeatureNetwork
from featmatch.nn.autograd import ancestors
from featmatch.nn.inspection.trace import Operation
from featmatch.nn.tensor import Tensor

_TRACED_SIZE = 4 * STRIDE  # px: receptive fields do not depend on the size of the image
_HEAD = (
    ("score_sum", "Score head, sum of three scales"),
    ("score_conv", "Score head, convolution"),
)


@dataclass(frozen=True, eq=False)
class Layer:
    """The maps of a layer, before and after its activation.

    Parameters
    ----------
    name : str
        Short and unique: ``"block1_conv1"`` ... ``"score"``.
    title : str
        In words.
    field : nn.ReceptiveField
        What its units see, in pixels of the network's input.
    before, after : (N, H / stride, W / stride, C) Tensor
        Of the score: its logit and the probability that this stands for.
    """

    name: str
    title: str
    field: nn.ReceptiveField
    before: Tensor
    after: Tensor

    @property
    def stride(self) -> int:
        """Pixels of the input from one unit to the next."""
        return int(self.field.stride[0])


def layers_of(network: FeatureNetwork, images: Tensor) -> tuple[Layer, ...]:
    """Look at images with a network and return all that it holds; recording has to be on.

    Parameters
    ----------
    network : FeatureNetwork
        In evaluation mode, as `load_network` gives it.
    images : (N, H, W, 1) Tensor
        Normalized; H and W are multiples of `STRIDE`. If it requires a gradient, that of every
        map can be asked for.

    Returns
    -------
    tuple of Layer
        The two convolutions of each block, from fine to coarse, then the two maps from which the
        score is computed, and the score, of one channel.
    """
    logits, maps = network(images)
    activated = [tensor for tensor in ancestors(logits, *maps) if _is_activation(tensor)]
    graph = nn.trace(network, (1, _TRACED_SIZE, _TRACED_SIZE, 1))
    fields = nn.receptive_fields(graph)
    planned = [operation for operation in graph.operations if operation.op in ACTIVATIONS]
    blocks: list[Layer] = []
    head: list[Layer] = []
    for operation, after in zip(planned, activated, strict=True):
        in_block = _source(graph, operation).name.startswith("blocks.")
        name, title = _block_name(len(blocks)) if in_block else _HEAD[len(head)]
        (before,) = after.node.inputs if after.node else ()
        layer = Layer(name, title, fields[operation.name], before, after)
        (blocks if in_block else head).append(layer)
    field = fields[graph.operations[graph.outputs["output.0"]].name]
    score = Layer("score", "Score of a keypoint", field, logits, nn.sigmoid(logits))
    return *blocks, *head, score


def _is_activation(tensor: Tensor) -> bool:
    return tensor.node is not None and tensor.node.op in ACTIVATIONS


def _source(graph: nn.Graph, operation: Operation) -> Operation:
    """Find what an activation is applied to."""
    (place,) = (place for place in operation.inputs if place is not None)
    return graph.operations[place]


def _block_name(count: int) -> tuple[str, str]:
    """Name the convolution of the blocks that follows after `count` others."""
    block, second = divmod(count, 2)
    title = f"Block {block + 1}, {'second' if second else 'first'} convolution"
    return f"block{block + 1}_conv{second + 1}", title
