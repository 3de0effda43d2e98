"""A small convolutional network library in NumPy.

Feature maps are (N, H, W, C) float32, weights (kernel height, kernel width, in, out). To read it,
begin with `tensor` and `autograd`: how gradients come about. Then the operations, each with its
gradient next to it: `convolution`, `pooling`, `resampling`, `activations`, `normalization`,
`arithmetic`, `losses` and `matching_loss`. `module` and the files of layers wrap them with their
parameters, which `initialization` draws, `optimizers` change at the pace of `schedules`, and
`averaging`, `folding` and `weights` average, simplify and store. `training.loop` puts it together.
For speed there are `kernels`, `threads`, `memory` and `training.parallel`; `inspection` tells what
a network is, and `export` writes it for other programs.

Each name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

from featmatch.loading import load_names

if TYPE_CHECKING:
    from featmatch.nn.activation_layers import LeakyReLU, ReLU, RReLU, Sigmoid, Softplus, Tanh
    from featmatch.nn.activations import leaky_relu, relu, rrelu, sigmoid, softplus, tanh
    from featmatch.nn.arithmetic import concatenate, exp, log, sqrt
    from featmatch.nn.autograd import grad
    from featmatch.nn.averaging import WeightAverage
    from featmatch.nn.clipping import clip_grad_norm
    from featmatch.nn.convolution import conv2d, conv_transpose2d
    from featmatch.nn.export.onnx_export import export_onnx
    from featmatch.nn.folding import fold
    from featmatch.nn.initialization import he_normal, he_uniform, xavier_normal, xavier_uniform
    from featmatch.nn.inspection.effective_receptive_field import (
        EffectiveReceptiveField,
        effective_receptive_field,
    )
    from featmatch.nn.inspection.receptive_field import ReceptiveField, receptive_fields
    from featmatch.nn.inspection.summary import Summary, summarize
    from featmatch.nn.inspection.trace import Graph, trace
    from featmatch.nn.layers import BatchNorm2d, Conv2d, ConvTranspose2d, Linear
    from featmatch.nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
    from featmatch.nn.matching_loss import matching_nll, softmax_nll
    from featmatch.nn.memory import keep_freed_memory
    from featmatch.nn.module import Module, Sequential
    from featmatch.nn.normalization import batch_norm, fold_batch_norm, normalize
    from featmatch.nn.optimizers import SGD, Adam, AdamW, Optimizer
    from featmatch.nn.pooling import avg_pool2d, max_pool2d
    from featmatch.nn.resampling import sample_points, upsample
    from featmatch.nn.resizing_layers import AvgPool2d, Flatten, MaxPool2d, Upsample
    from featmatch.nn.schedules import StepDecay, WarmupCosine
    from featmatch.nn.tensor import Parameter, Tensor, no_grad, record
    from featmatch.nn.threads import get_num_threads, one_blas_thread, set_num_threads
    from featmatch.nn.training.data import ArrayBatches, DataSource, GeneratedBatches
    from featmatch.nn.training.history import Epoch, History
    from featmatch.nn.training.loop import FitResult, fit
    from featmatch.nn.training.parallel import ParallelLoss
    from featmatch.nn.training.progress import Progress, print_progress
    from featmatch.nn.weights import load_weights, read_weights, save_weights

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "ArrayBatches",
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "ConvTranspose2d",
    "DataSource",
    "EffectiveReceptiveField",
    "Epoch",
    "FitResult",
    "Flatten",
    "GeneratedBatches",
    "Graph",
    "History",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Module",
    "Optimizer",
    "ParallelLoss",
    "Parameter",
    "Progress",
    "RReLU",
    "ReLU",
    "ReceptiveField",
    "Sequential",
    "Sigmoid",
    "Softplus",
    "StepDecay",
    "Summary",
    "Tanh",
    "Tensor",
    "Upsample",
    "WarmupCosine",
    "WeightAverage",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm",
    "concatenate",
    "conv2d",
    "conv_transpose2d",
    "cross_entropy",
    "effective_receptive_field",
    "exp",
    "export_onnx",
    "fit",
    "fold",
    "fold_batch_norm",
    "get_num_threads",
    "grad",
    "he_normal",
    "he_uniform",
    "keep_freed_memory",
    "leaky_relu",
    "load_weights",
    "log",
    "matching_nll",
    "max_pool2d",
    "mse_loss",
    "no_grad",
    "normalize",
    "one_blas_thread",
    "print_progress",
    "read_weights",
    "receptive_fields",
    "record",
    "relu",
    "rrelu",
    "sample_points",
    "save_weights",
    "set_num_threads",
    "sigmoid",
    "softmax_nll",
    "softplus",
    "sqrt",
    "summarize",
    "tanh",
    "trace",
    "upsample",
    "xavier_normal",
    "xavier_uniform",
]

_NAMES_IN = {
    "activation_layers": ("LeakyReLU", "ReLU", "RReLU", "Sigmoid", "Softplus", "Tanh"),
    "activations": ("leaky_relu", "relu", "rrelu", "sigmoid", "softplus", "tanh"),
    "arithmetic": ("concatenate", "exp", "log", "sqrt"),
    "autograd": ("grad",),
    "averaging": ("WeightAverage",),
    "clipping": ("clip_grad_norm",),
    "convolution": ("conv2d", "conv_transpose2d"),
    "export.onnx_export": ("export_onnx",),
    "folding": ("fold",),
    "initialization": ("he_normal", "he_uniform", "xavier_normal", "xavier_uniform"),
    "inspection.effective_receptive_field": (
        "EffectiveReceptiveField",
        "effective_receptive_field",
    ),
    "inspection.receptive_field": ("ReceptiveField", "receptive_fields"),
    "inspection.summary": ("Summary", "summarize"),
    "inspection.trace": ("Graph", "trace"),
    "layers": ("BatchNorm2d", "Conv2d", "ConvTranspose2d", "Linear"),
    "losses": ("binary_cross_entropy_with_logits", "cross_entropy", "mse_loss"),
    "matching_loss": ("matching_nll", "softmax_nll"),
    "memory": ("keep_freed_memory",),
    "module": ("Module", "Sequential"),
    "normalization": ("batch_norm", "fold_batch_norm", "normalize"),
    "optimizers": ("SGD", "Adam", "AdamW", "Optimizer"),
    "pooling": ("avg_pool2d", "max_pool2d"),
    "resampling": ("sample_points", "upsample"),
    "resizing_layers": ("AvgPool2d", "Flatten", "MaxPool2d", "Upsample"),
    "schedules": ("StepDecay", "WarmupCosine"),
    "tensor": ("Parameter", "Tensor", "no_grad", "record"),
    "threads": ("get_num_threads", "one_blas_thread", "set_num_threads"),
    "training.data": ("ArrayBatches", "DataSource", "GeneratedBatches"),
    "training.history": ("Epoch", "History"),
    "training.loop": ("FitResult", "fit"),
    "training.parallel": ("ParallelLoss",),
    "training.progress": ("Progress", "print_progress"),
    "weights": ("load_weights", "read_weights", "save_weights"),
}

__getattr__ = load_names(__name__, _NAMES_IN)


def __dir__() -> list[str]:
    return __all__
