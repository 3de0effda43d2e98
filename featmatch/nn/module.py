"""What layers and networks have in common: parameters, buffers and their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from featmatch.checks import show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.tensor import Array, Parameter, Tensor


class Module:
    """A layer, or a network made of layers.

    A subclass makes its layers in ``__init__``, as attributes or in lists, tuples and dicts, and
    says in `forward` what it computes. In training mode (the first) batch normalization uses the
    batch's own statistics and random slopes are drawn; `eval` ends that. In evaluation mode a call
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
        """Name the modules that are attributes, or elements of lists, tuples and dicts."""
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

    def named_arrays(self) -> dict[str, Array]:
        """Name the array of every parameter, and every buffer: themselves, not copies."""
        arrays = {name: parameter.data for name, parameter in self.named_parameters().items()}
        return arrays | self.named_buffers()

    def state_dict(self) -> dict[str, Array]:
        """Copy all parameters and buffers, under their names."""
        return {name: array.copy() for name, array in self.named_arrays().items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take over parameters and buffers, all or nothing.

        Raises
        ------
        ValueError, TypeError
            Names or shapes are not those of this module (the message lists what differs), or an
            array holds numbers of another kind, or some that are not finite in the precision of
            this module.
        """
        own, arrays = self.named_arrays(), self.check_state_dict(state)
        for name, array in arrays.items():
            own[name][...] = array

    def check_state_dict(self, state: Mapping[str, Array]) -> dict[str, Array]:
        """Return what `load_state_dict` would take over, or raise its errors."""
        return check_state("the arrays of this network", self.named_arrays(), state)

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

    def __repr__(self) -> str:
        """Show options and shapes of arrays, then the modules that it is made of, one a line."""
        own = [(name, _describe(value)) for name, value in vars(self).items() if name != "training"]
        options = ", ".join(f"{name}={text}" for name, text in own if text)
        lines = [f"\n{name}: {child!r}" for name, child in self.children().items()]
        parts = "".join(lines).replace("\n", "\n  ") + "\n" * bool(lines)
        return f"{type(self).__name__}({options}{parts})"

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
        for layer in layers:
            if not isinstance(layer, Module):
                raise ArgumentTypeError(f"layers: expected modules, one by one, got {layer!r}")
        self.layers = layers

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output of the last layer."""
        for layer in self.layers:
            x = layer(x)
        return x


@contextmanager
def keep_modes(network: Module) -> Iterator[None]:
    """Give every module its mode, training or evaluation, back at the end."""
    modes = [(module, module.training) for module in network.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _attributes(module: Module) -> dict[str, object]:
    """Attributes under their names; the elements of lists, tuples and dicts under dotted ones."""
    return {name: value for pair in vars(module).items() for name, value in _elements(*pair)}


def _elements(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, list | tuple | dict):
        for key, element in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _elements(f"{name}.{key}", element)
    else:
        yield name, value


def _describe(value: object) -> str:
    """Write a plain value as it is and an array as its shape; nothing for anything else."""
    if isinstance(value, Tensor | np.ndarray):
        return str(value.shape)
    parts = value if isinstance(value, tuple) else (value,)
    return repr(value) if all(isinstance(part, int | float | str | None) for part in parts) else ""


def check_state(
    expected: str, own: Mapping[str, Array], state: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the arrays of a state in the precision of `own`.

    Raises
    ------
    ValueError
        Names or shapes are others, or an array cannot become finite numbers of that kind.
    TypeError
        The state is not a mapping.
    """
    if not isinstance(state, Mapping):
        raise ArgumentTypeError(f"state: expected a mapping of names to arrays, got {show(state)}")
    differences = state_differences(own, state)
    if differences:
        raise ArgumentError(f"state: expected {expected}, got {differences}")
    return {name: _cast(name, np.asarray(state[name]), own[name].dtype) for name in own}


def _cast(name: str, array: Array, dtype: np.dtype[Any]) -> Array:
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        raise ArgumentError(f"state: expected {dtype} for {name}, got {array.dtype}")
    with np.errstate(over="ignore"):
        cast = array.astype(dtype, copy=False)
    if not np.isfinite(cast).all():
        raise ArgumentError(f"state: expected finite numbers of {dtype} for {name}, got others")
    return cast


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
