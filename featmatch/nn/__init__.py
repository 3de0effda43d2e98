"""A small convolutional network library in NumPy.

Feature maps are (N, H, W, C) float32, weights (kernel height, kernel width, in, out). To read it,
begin with `tensor` and `autograd`: how gradients come about. Then the operations, each with its
gradient next to it: `convolution`, `pooling`, `resampling`, `activations`, `normalization`,
`arithmetic` and `losses`. `module` and the files of layers wrap them with their
parameters, which `initialization` draws, `optimizers` change at the pace of `schedules`, and
`averaging`, `folding` and `weights` average, simplify and store. `training.loop` puts it together.
For speed there are `kernels`, `memory` and `training.parallel`; `inspection` tells what
a network is, and `export` writes it for other programs.

Each name is loaded when it is first used.
"""

from featmatch.loading import load_names

__getattr__, __dir__, __all__ = load_names(__name__)
