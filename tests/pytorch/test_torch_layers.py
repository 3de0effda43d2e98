import numpy as np
import pytest
import torch
from torch_check import check_against_torch

from featmatch import nn

X = np.random.default_rng(2).standard_normal((3, 8, 9, 4), np.float32)


def copy_state(ours, theirs):
    """Give PyTorch's layer the weights of ours, in its order of axes."""
    state = {name: array.copy() for name, array in ours.state_dict().items()}
    if isinstance(theirs, torch.nn.Conv2d):
        state["weight"] = state["weight"].transpose(3, 2, 0, 1)
    elif isinstance(theirs, torch.nn.ConvTranspose2d):
        state["weight"] = state["weight"].transpose(2, 3, 0, 1)
    elif isinstance(theirs, torch.nn.Linear):
        state["weight"] = state["weight"].T
    tensors = {name: torch.tensor(array.copy()) for name, array in state.items()}
    missing, unknown = theirs.load_state_dict(tensors, strict=False)
    assert not unknown
    assert set(missing) <= {"num_batches_tracked"}


def run_nhwc(layer, x):
    """Apply a layer of PyTorch, whose channels come second."""
    y = layer(x.movedim(-1, 1))
    return y.movedim(1, -1)


RANDOM = {"Conv2d", "ConvTranspose2d", "Linear", "RReLU"}
PAIRS = [
    ("Conv2d", (4, 6, 3)),
    ("Conv2d", (4, 6, (3, 2), 1, "same", 2, 2, False)),
    ("Conv2d", (4, 8, 3, (2, 1), (1, 0), (1, 2), 4, True)),
    ("ConvTranspose2d", (4, 6, 3)),
    ("ConvTranspose2d", (4, 6, (3, 2), 2, (1, 0), 1, 2, False, 2)),
    ("Linear", (4, 5)),
    ("Linear", (4, 5, False)),
    ("BatchNorm2d", (4, 1e-3, 0.3)),
    ("ReLU", ()),
    ("LeakyReLU", (0.2,)),
    ("RReLU", (0.2, 0.2)),
    ("Tanh", ()),
    ("Sigmoid", ()),
    ("Softplus", ()),
    ("MaxPool2d", (3, 2, 1)),
    ("AvgPool2d", (2,)),
]


@pytest.mark.parametrize(("name", "arguments"), PAIRS)
@pytest.mark.parametrize("training", [True, False])
def test_layers(name, arguments, training):
    make = getattr(nn, name)
    options = {"rng": np.random.default_rng(0)} if name in RANDOM else {}
    ours, theirs = make(*arguments, **options), getattr(torch.nn, name)(*arguments)
    rng = np.random.default_rng(3)
    for parameter in ours.parameters():
        parameter.data += rng.standard_normal(parameter.shape, np.float32) / 4
    copy_state(ours, theirs)
    ours.train(training)
    theirs.train(training)
    check_against_torch(ours, theirs if name == "Linear" else lambda x: run_nhwc(theirs, x), X)


def test_flatten_keeps_the_order_of_the_axes():
    check_against_torch(nn.Flatten(), torch.nn.Flatten(), X)


def test_upsample():
    check_against_torch(
        nn.Upsample(3),
        lambda x: run_nhwc(torch.nn.Upsample(scale_factor=3, mode="bilinear"), x),
        X,
    )
