"""How surely descriptors tell which points of two images are the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.nn.checks import check_number, check_rank
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record
from featmatch.nn.threads import product

MAX_TEMPERATURE = 40.0
ROUNDING = 1e-3  # by which a cosine may exceed 1


def softmax_nll(similarity: TensorLike, pairs: npt.ArrayLike, temperature: float = 20.0) -> Tensor:
    """Negative log-likelihood of correspondences under the dual softmax of similarities.

    With P = exp(τS), row sums r and column sums q, the softmax along row i gives the match with j
    the probability P_ij / r_i, that along column j gives it P_ij / q_j. The loss is the mean over
    the M pairs (i, j) of

        -log(P_ij / r_i) - log(P_ij / q_j),

    and its gradient is ∂L/∂S = τ/M [P ∘ (1/r_i + 1/q_j) - 2 one_hot(pairs)], where a row or column
    without a pair has 0 for its 1/r_i or 1/q_j: it competes for the others but is not asked itself.
    Where all similarities are equal, the loss is log Na + log Nb, the level of chance.

    A softmax usually subtracts a maximum first. Here |τS| <= 40, so that P is within 4e-18 and
    3e17, far inside the range of float32, and one exponential serves both softmaxes.

    The loss is that of Gleize, Wang and Feiszli, "SiLK: Simple Learned Keypoints", ICCV 2023.

    Parameters
    ----------
    similarity : (Na, Nb) Tensor
        Cosines S, from -1 to 1.
    pairs : (M, 2) array of int
        The true matches (row, column), at most one for each row and for each column. With none at
        all the loss is 0.
    temperature : float
        The factor τ, above 0 and up to 40: the larger, the more the best match takes all.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ValueError
        An argument is not as described.
    """
    s = as_tensor(similarity, "similarity")
    check_rank("similarity", s.shape, "Na, Nb")
    largest = np.abs(s.data).max(initial=0)
    if largest > 1 + ROUNDING:
        raise ValueError(f"similarity: expected cosines from -1 to 1, got a size of {largest:g}")
    tau = _check_temperature(temperature)
    loss, gradient = _loss_and_gradient(tau * s.data, _check_pairs(pairs, s.shape))
    return record("softmax_nll", loss, (s,), lambda dy: (tau * dy * gradient,))


def matching_nll(
    descriptors0: TensorLike,
    descriptors1: TensorLike,
    pairs: npt.ArrayLike,
    temperature: float = 20.0,
) -> Tensor:
    """Compute `softmax_nll` of the similarities S = U Vᵀ of two sets of unit descriptors.

    The gradients are ∂L/∂U = G V and ∂L/∂V = Gᵀ U with G = ∂L/∂S: three matrix products in all.

    Parameters
    ----------
    descriptors0 : (Na, D) Tensor
        Descriptors U of unit length, one a row; a row of zeros is allowed.
    descriptors1 : (Nb, D) Tensor
        Descriptors V.
    pairs, temperature
        As for `softmax_nll`.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ValueError
        An argument is not as described.
    """
    u = _check_descriptors("descriptors0", descriptors0)
    v = _check_descriptors("descriptors1", descriptors1)
    if u.shape[1] != v.shape[1]:
        raise ValueError(
            f"descriptors1: expected {u.shape[1]} numbers a row, as descriptors0, got {v.shape[1]}"
        )
    tau = _check_temperature(temperature)
    chosen = _check_pairs(pairs, (len(u), len(v)))
    loss, gradient = _loss_and_gradient(product(tau * u.data, v.data.T), chosen)

    def backward(dy: Array) -> list[Array | None]:
        scale = tau * dy
        return [
            product(gradient, scale * v.data) if u.requires_grad else None,
            product(gradient.T, scale * u.data) if v.requires_grad else None,
        ]

    return record("matching_nll", loss, (u, v), backward)


def _loss_and_gradient(scaled: Array, pairs: Array) -> tuple[Array, Array]:
    """Loss for τS, and its gradient by τS in the place of τS."""
    if not len(pairs):
        return np.zeros((), scaled.dtype), np.zeros_like(scaled)
    rows, columns = pairs.T
    ones = np.ones(max(scaled.shape), scaled.dtype)
    row_weights, column_weights = (np.zeros(size, scaled.dtype) for size in scaled.shape)

    p = np.exp(scaled, out=scaled)
    r, q = product(p, ones[: p.shape[1]])[rows], product(ones[: p.shape[0]], p)[columns]
    loss = -np.mean(np.log(p[rows, columns] / r) + np.log(p[rows, columns] / q))

    row_weights[rows] = 1 / (len(pairs) * r)
    column_weights[columns] = 1 / (len(pairs) * q)
    gradient = np.multiply(p, row_weights[:, None] + column_weights, out=p)
    gradient[rows, columns] -= 2 / len(pairs)
    return np.asarray(loss), gradient


def _check_descriptors(name: str, descriptors: TensorLike) -> Tensor:
    u = as_tensor(descriptors, name)
    check_rank(name, u.shape, "N, D")
    longest = np.sqrt(np.einsum("nd,nd->n", u.data, u.data).max(initial=0))
    if longest > 1 + ROUNDING:
        raise ValueError(f"{name}: expected rows of unit length, got a length of {longest:g}")
    return u


def _check_temperature(temperature: float) -> float:
    tau = check_number("temperature", temperature, 0, MAX_TEMPERATURE)
    if tau == 0:
        raise ValueError("temperature: expected a number above 0, got 0")
    return tau


def _check_pairs(pairs: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """`pairs` as an (M, 2) array of int."""
    chosen = np.asarray(pairs)
    if not chosen.size:
        return np.empty((0, 2), np.intp)
    if chosen.dtype.kind not in "iu" or chosen.ndim != 2 or chosen.shape[1] != 2:
        raise ValueError(
            f"pairs: expected (M, 2) integers, got {chosen.dtype} of shape {chosen.shape}"
        )
    if chosen.min() < 0 or (chosen.max(axis=0) >= shape).any():
        raise ValueError(
            f"pairs: expected rows below {shape[0]} and columns below {shape[1]}, none negative,"
            f" got {chosen.min(axis=0).tolist()} to {chosen.max(axis=0).tolist()}"
        )
    for column, name in enumerate(("row", "column")):
        if len(np.unique(chosen[:, column])) < len(chosen):
            raise ValueError(f"pairs: expected each {name} once at most, got one several times")
    return chosen
