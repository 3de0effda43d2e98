"""Random convolutions for hypothesis: shapes, strides, paddings, dilations and groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class Case:
    """Arrays and options of a convolution, and of a transposed one."""

    x: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    output_padding: tuple[int, int]

    @property
    def sides(self):
        """The padding as ((top, bottom), (left, right))."""
        return (self.padding[0],) * 2, (self.padding[1],) * 2


def pairs(low, high):
    return st.tuples(*[st.integers(low, high)] * 2)


@st.composite
def cases(draw, transposed=False, max_size=9, kernels=None):
    """Every algorithm's territory: 1 x 1, 3 x 3 with stride 1, depth-wise, and all the rest."""
    kernel = draw(kernels or st.sampled_from([(1, 1), (3, 3), (3, 3), (1, 3), (4, 2), (5, 5)]))
    plain = draw(st.booleans())
    stride = (1, 1) if plain else draw(pairs(1, 3))
    dilation = (1, 1) if plain else draw(pairs(1, 3))
    padding = draw(pairs(0, 3))
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    inner, outer = (draw(st.integers(1, 3)) for _ in range(2))
    if groups > 1 and draw(st.booleans()):
        inner = outer = 1  # depth-wise
    extent = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if transposed:
        least = [max(1, 2 * p + 2 - e) for p, e in zip(padding, extent, strict=True)]
    else:
        least = [max(1, e - 2 * p) for p, e in zip(padding, extent, strict=True)]
    size = [draw(st.integers(low, max(low, max_size))) for low in least]
    added = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    channels = (inner * groups, outer) if transposed else (inner, outer * groups)
    return Case(
        rng.standard_normal((draw(st.integers(1, 2)), *size, inner * groups)),
        rng.standard_normal((*kernel, *channels)),
        rng.standard_normal(outer * groups),
        stride,
        padding,
        dilation,
        groups,
        tuple(added),
    )
