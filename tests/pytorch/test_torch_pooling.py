import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch_check import check_against_torch, to_nchw, to_nhwc

from featmatch.nn.pooling import avg_pool2d, max_pool2d

SIZES = st.tuples(st.integers(1, 5), st.integers(1, 5))
POOLS = [(max_pool2d, functional.max_pool2d), (avg_pool2d, functional.avg_pool2d)]


@st.composite
def windows(draw):
    shape = (draw(st.integers(1, 3)), *draw(st.tuples(*[st.integers(1, 9)] * 2)))
    kernel, stride = draw(SIZES), draw(st.none() | SIZES)
    padding = tuple(draw(st.integers(0, size // 2)) for size in kernel)
    assume(all(k <= n + 2 * p for k, n, p in zip(kernel, shape[1:], padding, strict=True)))
    return (*shape, draw(st.integers(1, 4))), kernel, stride, padding


@pytest.mark.parametrize(("ours", "theirs"), POOLS)
@pytest.mark.parametrize("ties", [True, False])
@settings(max_examples=40)
@given(windows(), st.integers(0, 99))
def test_windows(ours, theirs, ties, options, seed):
    shape, *window = options
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, shape) if ties else rng.standard_normal(shape)
    check_against_torch(
        lambda x: ours(x, *window), lambda x: to_nhwc(theirs(to_nchw(x), *window)), x
    )


@pytest.mark.parametrize(("ours", "theirs"), POOLS)
def test_one_number_for_both_axes(ours, theirs):
    x = np.random.default_rng(0).standard_normal((2, 9, 8, 3))
    check_against_torch(
        lambda x: ours(x, 3, 2, 1), lambda x: to_nhwc(theirs(to_nchw(x), 3, 2, 1)), x
    )
