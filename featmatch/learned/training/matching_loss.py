"""How surely descriptors tell which points of two images are the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_number, check_rank
from featmatch.errors import ArgumentError
from featmatch.nn.tensor import Array, Tensor, TensorLike, as_tensor, record
from featmatch.threads import product

MIN_TEMPERATURE = 1 / 40
ROUNDING = 1e-3  # by which a cosine may exceed 1


def softmax_nll(
    similarity: TensorLike, matches: npt.ArrayLike, temperature: float = 0.05
) -> Tensor:
    """Negative log-likelihood of correspondences under the dual softmax of similarities.

    With P = exp(S / T), row sums r and column sums q, the softmax along row i gives the match with
    j the probability P_ij / r_i, that along column j gives it P_ij / q_j. The loss is the mean over
    the M matches (i, j) of

        -log(P_ij / r_i) - log(P_ij / q_j),

    and its gradient is ∂L/∂S = 1/(T M) [P ∘ (1/r_i + 1/q_j) - 2 one_hot(matches)], where a row or
    column without a match has 0 for its 1/r_i or 1/q_j: it competes for the others but is not asked
    itself. Where all similarities are equal, the loss is log Na + log Nb, the level of chance.

    A softmax usually subtracts a maximum first. Here |S / T| <= 40, so that P is between 4e-18 and
    3e17, far inside the range of float32, and one exponential serves both softmaxes.

    The loss is that of Gleize, Wang and Feiszli, "SiLK: Simple Learned Keypoints", ICCV 2023.

    Parameters
    ----------
    similarity : (Na, Nb) Tensor
        Cosines S, from -1 to 1.
    matches : (M, 2) array of int
        The true matches (row, column), at most one for each row and for each column. With none at
        all the loss is 0.
    temperature : float
        The divisor T, at least 1/40: the smaller, the more the best match takes all.

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
        raise ArgumentError(f"similarity: expected cosines from -1 to 1, got a size of {largest:g}")
    t = check_number("temperature", temperature, MIN_TEMPERATURE)
    loss, gradient = _loss_and_gradient(s.data / t, _check_matches(matches, s.shape))
    return record("softmax_nll", loss, (s,), lambda dy: (dy / t * gradient,))


def matching_nll(
    descriptors0: TensorLike,
    descriptors1: TensorLike,
    matches: npt.ArrayLike,
    temperature: float = 0.05,
) -> Tensor:
    """Compute `softmax_nll` of the similarities S = U Vᵀ of two sets of unit descriptors.

    The gradients are ∂L/∂U = G V and ∂L/∂V = Gᵀ U with G = ∂L/∂S: three matrix products in all.

    Parameters
    ----------
    descriptors0 : (Na, D) Tensor
        Descriptors U of unit length, one a row; a row of zeros is allowed.
    descriptors1 : (Nb, D) Tensor
        Descriptors V.
    matches, temperature
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
        raise ArgumentError(
            f"descriptors1: expected {u.shape[1]} numbers a row, as descriptors0, got {v.shape[1]}"
        )
    t = check_number("temperature", temperature, MIN_TEMPERATURE)
    chosen = _check_matches(matches, (len(u), len(v)))
    loss, gradient = _loss_and_gradient(product(u.data / t, v.data.T), chosen)

    def backward(dy: Array) -> list[Array | None]:
        scale = dy / t
        return [
            product(gradient, scale * v.data) if u.requires_grad else None,
            product(gradient.T, scale * u.data) if v.requires_grad else None,
        ]

    return record("matching_nll", loss, (u, v), backward)


def _loss_and_gradient(scaled: Array, matches: Array) -> tuple[Array, Array]:
    """Loss for S / T, and its gradient by S / T in the place of S / T."""
    if not len(matches):
        return np.zeros((), scaled.dtype), np.zeros_like(scaled)
    rows, columns = matches.T
    ones = np.ones(max(scaled.shape), scaled.dtype)
    row_weights, column_weights = (np.zeros(size, scaled.dtype) for size in scaled.shape)

    p = np.exp(scaled, out=scaled)
    r, q = product(p, ones[: p.shape[1]])[rows], product(ones[: p.shape[0]], p)[columns]
    loss = -np.mean(np.log(p[rows, columns] / r) + np.log(p[rows, columns] / q))

    row_weights[rows] = 1 / (len(matches) * r)
    column_weights[columns] = 1 / (len(matches) * q)
    gradient = np.multiply(p, row_weights[:, None] + column_weights, out=p)
    gradient[rows, columns] -= 2 / len(matches)
    return np.asarray(loss), gradient


def _check_descriptors(name: str, descriptors: TensorLike) -> Tensor:
    u = as_tensor(descriptors, name)
    check_rank(name, u.shape, "N, D")
    longest = np.sqrt(np.einsum("nd,nd->n", u.data, u.data).max(initial=0))
    if longest > 1 + ROUNDING:
        raise ArgumentError(f"{name}: expected rows of unit length, got a length of {longest:g}")
    return u


def _check_matches(matches: npt.ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return `matches` as an (M, 2) array of int, checked."""
    chosen = np.asarray(matches)
    if not chosen.size:
        return np.empty((0, 2), np.intp)
    if chosen.dtype.kind not in "iu" or chosen.ndim != 2 or chosen.shape[1] != 2:
        raise ArgumentError(
            f"matches: expected (M, 2) integers, got {chosen.dtype} of shape {chosen.shape}"
        )
    if chosen.min() < 0 or (chosen.max(axis=0) >= shape).any():
        raise ArgumentError(
            f"matches: expected rows below {shape[0]} and columns below {shape[1]}, none negative,"
            f" got {chosen.min(axis=0).tolist()} to {chosen.max(axis=0).tolist()}"
        )
    for column, name in enumerate(("row", "column")):
        if len(np.unique(chosen[:, column])) < len(chosen):
            raise ArgumentError(
                f"matches: expected each {name} once at most, got one several times"
            )
    return chosen
