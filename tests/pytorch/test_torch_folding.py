import numpy as np
import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch_check import assert_close

from featmatch.nn.folding import fold
from featmatch.nn.layers import BatchNorm2d, Conv2d, ConvTranspose2d
from featmatch.nn.module import Sequential


def seen_something(norm, rng):
    """Replace the numbers that a batch norm starts with."""
    for parameter in norm.parameters():
        parameter.data += rng.uniform(0, 1, parameter.shape).astype(np.float32)
    norm.running_mean += rng.standard_normal(norm.running_mean.shape, np.float32)
    norm.running_var += rng.uniform(0, 1, norm.running_var.shape).astype(np.float32)
    return norm


def as_torch(array):
    return torch.tensor(np.ascontiguousarray(array))


def compare(convolution, theirs, axes):
    """Fold both; `axes` are those of our weights in PyTorch's order."""
    rng = np.random.default_rng(0)
    norm, their_norm = seen_something(BatchNorm2d(6), rng), torch.nn.BatchNorm2d(6).eval()
    for name, array in norm.state_dict().items():
        their_norm.state_dict()[name].copy_(as_torch(array))
    theirs.weight.data.copy_(as_torch(convolution.weight.data.transpose(axes)))
    theirs.bias.data.copy_(as_torch(convolution.bias.data))
    ours = fold(Sequential(convolution, norm)).layers[0]
    transpose = isinstance(convolution, ConvTranspose2d)
    wanted = fuse_conv_bn_eval(theirs.eval(), their_norm, transpose=transpose)
    assert_close(ours.weight.data.transpose(axes), wanted.weight.detach().numpy(), 1e-6)
    assert_close(ours.bias.data, wanted.bias.detach().numpy(), 1e-6)


def test_convolution():
    rng = np.random.default_rng(1)
    compare(Conv2d(4, 6, 3, groups=2, rng=rng), torch.nn.Conv2d(4, 6, 3, groups=2), (3, 2, 0, 1))


def test_transposed_convolution():
    rng = np.random.default_rng(1)
    compare(ConvTranspose2d(4, 6, 3, rng=rng), torch.nn.ConvTranspose2d(4, 6, 3), (2, 3, 0, 1))
