"""What layers and networks have in common: parameters, buffers and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import numpy as np

from featmatch.nn.tensor import Array, Parameter, Tensor


class Module:
    """A layer, or a network made of layers.

    A subclass makes its layers in ``__init__``, as attributes or in lists and tuples, and says in
    `forward` what it computes. In training mode (the first) batch normalisation uses the batch's
    own statistics and random slopes are drawn; `eval` ends that. In evaluation mode a call
    changes nothing, so threads may share a network.

    Attributes
    ----------
    training : bool
    """

    training: bool = True

    def __call__(self, *inputs: Any) -> Any:
        """Compute the output for `inputs`."""
        return self.forward(*inputs)

    def forward(self, *inputs: Any) -> Any:
        """Compute the output for `inputs`."""
        raise NotImplementedError(f"{type(self).__name__} has no forward()")

    def children(self) -> dict[str, Module]:
        """Name the modules that are attributes, or elements of lists and tuples."""
        return {
            name: value for name, value in _attributes(self).items() if isinstance(value, Module)
        }

    def modules(self) -> Iterator[Module]:
        """Go through the module and all that it is made of, outer before inner."""
        yield self
        for child in self.children().values():
            yield from child.modules()

    def named_parameters(self) -> dict[str, Parameter]:
        """Name every parameter, as in ``"body.layers.0.weight"``."""
        return {name: value for name, value in self._named() if isinstance(value, Parameter)}

    def parameters(self) -> list[Parameter]:
        """List every parameter, each once, in the order of `named_parameters`."""
        return list({id(value): value for value in self.named_parameters().values()}.values())

    def named_buffers(self) -> dict[str, Array]:
        """Name every array that is kept with the parameters but not trained."""
        return {name: value for name, value in self._named() if isinstance(value, np.ndarray)}

    def generators(self) -> list[np.random.Generator]:
        """List every random generator in use, each once."""
        found = (value for _, value in self._named() if isinstance(value, np.random.Generator))
        return list({id(generator): generator for generator in found}.values())

    def state_dict(self) -> dict[str, Array]:
        """Copy all parameters and buffers, under their names."""
        arrays = {name: parameter.data for name, parameter in self.named_parameters().items()}
        return {name: array.copy() for name, array in (arrays | self.named_buffers()).items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take over parameters and buffers, all or nothing.

        Raises
        ------
        ValueError
            Names or shapes are not those of this module; the message lists what differs.
        """
        own = {name: parameter.data for name, parameter in self.named_parameters().items()}
        own |= self.named_buffers()
        differences = state_differences(own, state)
        if differences:
            raise ValueError(f"state: expected the arrays of this network, got {differences}")
        for name, array in own.items():
            array[...] = state[name]

    def train(self, mode: bool = True) -> Self:
        """Enter training mode, or leave it with ``mode=False``."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Enter evaluation mode."""
        return self.train(False)

    def astype(self, dtype: type[np.floating[Any]]) -> Self:
        """Turn all parameters and buffers of floating-point numbers into float32 or float64."""
        for parameter in self.parameters():
            parameter.data = parameter.data.astype(dtype)
        for module in self.modules():
            for name, value in vars(module).items():
                if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                    setattr(module, name, value.astype(dtype))
        return self

    def _named(self, prefix: str = "") -> Iterator[tuple[str, object]]:
        for name, value in _attributes(self).items():
            if isinstance(value, Module):
                yield from value._named(f"{prefix}{name}.")
            else:
                yield prefix + name, value


class Sequential(Module):
    """Modules applied one after the other.

    Parameters
    ----------
    *layers : Module
    """

    def __init__(self, *layers: Module) -> None:
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x


def _attributes(module: Module) -> dict[str, object]:
    """Attributes under their names; the elements of lists and tuples under dotted ones."""
    return {name: value for pair in vars(module).items() for name, value in _elements(*pair)}


def _elements(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, list | tuple):
        for place, element in enumerate(value):
            yield from _elements(f"{name}.{place}", element)
    else:
        yield name, value


def state_differences(own: Mapping[str, Array], other: Mapping[str, Array]) -> str:
    """Say what is missing, unknown or of another shape in `other`; nothing if nothing is."""
    parts = [f"no {name}" for name in own if name not in other]
    parts += [f"an unknown {name}" for name in other if name not in own]
    parts += [
        f"{name} of shape {np.shape(other[name])} instead of {own[name].shape}"
        for name in own
        if name in other and np.shape(other[name]) != own[name].shape
    ]
    listed = "; ".join(parts[:6])
    return listed if len(parts) <= 6 else f"{listed}; and {len(parts) - 6} more differences"
