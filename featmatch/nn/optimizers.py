"""Steps down the gradient: stochastic gradient descent, Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from featmatch.checks import check_array, check_integer, check_number, show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.nn.module import check_state
from featmatch.nn.tensor import Array, Parameter


class Optimizer:
    """What the optimizers have in common: the parameters, and a state for each.

    A subclass says in ``_update(data, gradient, *state)`` how the data of a parameter and the
    arrays of its state change, all in place.

    Parameters
    ----------
    parameters : iterable of Parameter
    lr : float
        The learning rate; 0 or more.
    state : sequence of str
        Names of arrays kept for each parameter, such as its velocity: in its shape, 0 at first.

    Attributes
    ----------
    parameters : list of Parameter
        Each once; the gradients of `step` are in the same order.
    lr : float
        The learning rate; it may be changed between steps, as by a schedule.
    num_steps : int
        How many steps were made.

    Raises
    ------
    ValueError
        There is no parameter, one comes twice, or an option is out of its range.
    TypeError
        Something else than parameters was given, such as the network itself.
    """

    def __init__(
        self, parameters: Iterable[Parameter], lr: float, state: Sequence[str] = ()
    ) -> None:
        self.parameters = _list_parameters(parameters)
        self.lr = check_number("lr", lr, 0)
        self.num_steps = 0
        if not self.parameters:
            raise ArgumentError("parameters: expected at least one, got none")
        if len({id(parameter) for parameter in self.parameters}) < len(self.parameters):
            raise ArgumentError("parameters: expected each once, got one several times")
        self._state = {
            name: [np.zeros_like(parameter.data) for parameter in self.parameters] for name in state
        }

    def step(self, gradients: Sequence[Array]) -> None:
        """Change every parameter's data in place, or none if the gradients are not as expected.

        Parameters
        ----------
        gradients : sequence of ndarray
            One for each parameter, in its shape.

        Raises
        ------
        ValueError
            Number or shapes differ from those of the parameters, or a number is not finite.
        TypeError
            A gradient is not an array.
        """
        self._check(gradients)
        self.num_steps += 1
        each = zip(self.parameters, gradients, *self._state.values(), strict=True)
        for parameter, gradient, *state in each:
            self._update(parameter.data, gradient, *state)

    def named_arrays(self) -> dict[str, Array]:
        """Name the arrays that are kept for the parameters: themselves, not copies."""
        return {
            f"{name}.{place}": array
            for name, arrays in self._state.items()
            for place, array in enumerate(arrays)
        }

    def state_dict(self) -> dict[str, Array]:
        """Copy all that later steps depend on besides the parameters and options."""
        state = {"num_steps": np.array(self.num_steps), "lr": np.array(self.lr)}
        return state | {name: array.copy() for name, array in self.named_arrays().items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Go on from a state of `state_dict`, bit for bit as if there had been no break.

        Raises
        ------
        ValueError, TypeError
            Names or shapes are not those of this optimizer (the message lists what differs), or an
            array holds numbers of another kind, or some that are not finite. Nothing is changed.
        """
        arrays = self.check_state_dict(state)
        self.num_steps, self.lr = int(arrays["num_steps"]), float(arrays["lr"])
        for name, array in self.named_arrays().items():
            array[...] = arrays[name]

    def check_state_dict(self, state: Mapping[str, Array]) -> dict[str, Array]:
        """Return what `load_state_dict` would take over, or raise its errors."""
        arrays = check_state("that of this optimizer", self.state_dict(), state)
        check_integer("state: num_steps", int(arrays["num_steps"]), 0)
        check_number("state: lr", float(arrays["lr"]), 0)
        return arrays

    def _update(self, data: Array, gradient: Array, *state: Array) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no _update()")

    def _check(self, gradients: Sequence[Array]) -> None:
        expected = f"gradients: expected {len(self.parameters)} arrays, one for each parameter"
        if not isinstance(gradients, Sequence):
            raise ArgumentTypeError(f"{expected}, got {show(gradients)}")
        if len(gradients) != len(self.parameters):
            raise ArgumentError(f"{expected}, got {len(gradients)}")
        for place, (parameter, gradient) in enumerate(zip(self.parameters, gradients, strict=True)):
            shape = check_array(f"gradients[{place}]", gradient).shape
            if shape != parameter.shape:
                raise ArgumentError(
                    f"gradients[{place}]: expected shape {parameter.shape}, got {shape}"
                )


def _list_parameters(parameters: Iterable[Parameter]) -> list[Parameter]:
    expected = "parameters: expected Parameters, as network.parameters() lists them"
    if not isinstance(parameters, Iterable) or isinstance(parameters, Mapping):
        raise ArgumentTypeError(f"{expected}, got {show(parameters)}")
    listed = list(parameters)
    for parameter in listed:
        if not isinstance(parameter, Parameter):
            raise ArgumentTypeError(f"{expected}, got {show(parameter)} among them")
    return listed


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if wanted.

    For a gradient g, to which weight decay has added λw,

        v ← μ v + g,    w ← w - lr v    (or w ← w - lr (g + μ v) with `nesterov`),

    from v = 0 (Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and
    momentum in deep learning", ICML 2013, in the form used by PyTorch).

    Parameters
    ----------
    parameters : iterable of Parameter
    lr : float
        The learning rate.
    momentum : float
        The share μ of the velocity that stays, from 0 (none) to 1.
    weight_decay : float
        The factor λ of an L2 penalty λ/2 |w|² on every parameter, 0 for none.
    nesterov : bool
        Look ahead along the velocity; needs some momentum.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, ["velocity"] if momentum else [])
        self.momentum = check_number("momentum", momentum, 0, 1)
        self.weight_decay = check_number("weight_decay", weight_decay, 0)
        self.nesterov = nesterov
        if nesterov and not momentum:
            raise ArgumentError("momentum: expected a number above 0 with nesterov, got 0")

    def _update(self, data: Array, gradient: Array, *state: Array) -> None:
        if self.weight_decay:
            gradient = gradient + self.weight_decay * data
        if self.momentum:
            (velocity,) = state
            velocity *= self.momentum
            velocity += gradient
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        data -= self.lr * gradient


class Adam(Optimizer):
    """Steps of about the learning rate for every weight, whatever the size of its gradients.

    For a gradient g, to which weight decay has added λw, in step t = 1, 2, ...

        m ← β₁ m + (1 - β₁) g,    v ← β₂ v + (1 - β₂) g²,
        w ← w - lr m̂ / (√v̂ + ε)    with m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ),

    from m = v = 0 (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015).

    Parameters
    ----------
    parameters : iterable of Parameter
    lr : float
        The learning rate.
    betas : (float, float)
        How much of m and of v stays in a step, from 0 up to but not including 1.
    eps : float
        Keeps the steps of weights without gradient finite; above 0.
    weight_decay : float
        The factor λ of an L2 penalty λ/2 |w|² on every parameter, 0 for none.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, ["mean", "mean_square"])
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            raise ArgumentError(f"betas: expected two numbers, got {show(betas)}")
        self.betas = tuple(check_number("betas", beta, 0, below=1) for beta in betas)
        self.eps = check_number("eps", eps, above=0)
        self.weight_decay = check_number("weight_decay", weight_decay, 0)

    def _update(self, data: Array, gradient: Array, *state: Array) -> None:
        gradient = self._decay(data, gradient)
        (mean, mean_square), (beta1, beta2) = state, self.betas
        mean += (1 - beta1) * (gradient - mean)
        mean_square *= beta2
        mean_square += (1 - beta2) * gradient * gradient
        root = np.sqrt(mean_square / (1 - beta2**self.num_steps))
        data -= self.lr / (1 - beta1**self.num_steps) * mean / (root + self.eps)

    def _decay(self, data: Array, gradient: Array) -> Array:
        return gradient + self.weight_decay * data if self.weight_decay else gradient


class AdamW(Adam):
    """Adam with decoupled weight decay: w ← (1 - lr λ) w, apart from the gradient's own step.

    Adam would divide the decay by √v̂ as well, so that weights with large gradients hardly decay
    (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019). Only parameters
    with more than one axis decay, the weights of convolutions and matrices: there is no reason to
    pull biases, or scales and shifts of batch normalization, toward 0 (PyTorch's default does).

    Parameters
    ----------
    parameters, lr, betas, eps
        As for `Adam`.
    weight_decay : float
        The factor λ, 0 for none.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _decay(self, data: Array, gradient: Array) -> Array:
        if data.ndim > 1:
            data *= 1 - self.lr * self.weight_decay
        return gradient
