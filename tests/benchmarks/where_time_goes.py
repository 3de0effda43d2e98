"""Where a convolution's time goes: its stages beside what one processor can do.

    python tests/benchmarks/where_time_goes.py

For each 3 x 3 layer of the benchmarks, on one thread and without its bias: milliseconds, GFLOP/s
and GB/s of each stage of Winograd's algorithm down the rows, then of the whole and of PyTorch
(extra `torch`). What the processor can do is measured first: a large matrix product, and copies
within the second-level cache and in memory. The load of the machine is told, as it changes all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from featmatch.nn.kernels import winograd
from featmatch.nn.kernels.scratch import scratch
from featmatch.nn.window import Window
from featmatch.threads import one_blas_thread, set_num_threads

SHAPES = [(240, 320, 16), (120, 160, 32), (60, 80, 64)]
WINDOW = Window((3, 3), (1, 1), (1, 1), ((1, 1), (1, 1)))
ROUNDS = 40  # of which the median is taken


@dataclass
class Stage:
    """A part of the work on all blocks of a layer."""

    name: str
    flops: float
    num_bytes: float
    seconds: list[float] = field(default_factory=list)

    def row(self) -> str:
        seconds = float(np.median(self.seconds))
        rates = self.flops / seconds / 1e9, self.num_bytes / seconds / 1e9
        return f"| {self.name} | {seconds * 1e3:.2f} | {rates[0]:.0f} | {rates[1]:.0f} |"


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_of(work: Callable[[], object]) -> float:
    work()
    return float(np.median([timed(work) for _ in range(ROUNDS)]))


def what_is_possible() -> str:
    a = np.ones((1024, 1024), np.float32)
    out = np.empty_like(a)
    gflops = 2 * 1024**3 / median_of(lambda: np.matmul(a, a, out=out)) / 1e9
    rates = []
    for num_bytes in (256 << 10, 64 << 20):
        source = np.ones(num_bytes, np.uint8)
        copy = np.empty_like(source)
        rates.append(2 * num_bytes / median_of(partial(np.copyto, copy, source)) / 1e9)
    return (
        f"products {gflops:.0f} GFLOP/s; copies within the cache {rates[0]:.0f} GB/s, in memory"
        f" {rates[1]:.0f} GB/s"
    )


def stages_of(height: int, width: int, channels: int) -> tuple[list[Stage], Stage, Stage]:
    """Time the stages of `winograd.rows_forward`, the whole, and PyTorch."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, height, width, channels), np.float32)
    weight = rng.standard_normal((3, 3, channels, channels), np.float32)
    y = np.empty_like(x)
    factors = rng.standard_normal((6, 3 * channels, channels), np.float32)
    tile_columns = height * width * channels / 4  # 4 outputs each, of 6 inputs
    products = 6 * tile_columns
    stages = [
        Stage("rows of the input mixed, B^T", 72 * tile_columns, 4 * (x.size + products)),
        Stage("products", 2 * products * 3 * channels, 4 * 2 * products),
        Stage("outputs written, A^T", 48 * tile_columns, 4 * (products + y.size)),
    ]
    blocks = winograd._cut(x, y, winograd._ROWS)
    for _ in range(ROUNDS):
        seconds = [0.0] * len(stages)
        for block in blocks:
            start = time.perf_counter()
            mixed = winograd._mixed_rows(x, block, WINDOW, width + 2)
            mixed_at = time.perf_counter()
            thirds = winograd._taps(mixed)
            out = scratch("pong", (6, thirds[0].shape[1], 3, channels), x.dtype)
            for first, taps in enumerate(thirds):
                np.matmul(taps, factors, out=out[:, :, first])
            multiplied_at = time.perf_counter()
            winograd._write_rows(out.reshape(6, -1, channels), y, block)
            times = start, mixed_at, multiplied_at, time.perf_counter()
            seconds = [total + step for total, step in zip(seconds, np.diff(times), strict=True)]
        for stage, own in zip(stages, seconds, strict=True):
            stage.seconds.append(own)
    direct = 2 * x.size * 9 * channels
    whole = Stage("**all**, as if direct", direct, 4 * (x.size + y.size))
    whole.seconds.append(median_of(lambda: winograd.rows_forward(x, weight, None, WINDOW)))
    peer = Stage("PyTorch", direct, 4 * (x.size + y.size))
    peer.seconds.append(torch_seconds(x, weight))
    return stages, whole, peer


def torch_seconds(x: np.ndarray, weight: np.ndarray) -> float:
    last = torch.channels_last
    image = torch.tensor(x.transpose(0, 3, 1, 2)).contiguous(memory_format=last)
    kernel = torch.tensor(weight.transpose(3, 2, 0, 1)).contiguous(memory_format=last)
    with torch.inference_mode():
        return median_of(lambda: torch.nn.functional.conv2d(image, kernel, padding=1))


def main() -> None:
    set_num_threads(1)
    torch.set_num_threads(1)
    with one_blas_thread():
        print(f"load {os.getloadavg()[0]:.1f}; {what_is_possible()}")
        for shape in SHAPES:
            print(f"\n| {'x'.join(map(str, shape))} | ms | GFLOP/s | GB/s |\n|---|---:|---:|---:|")
            stages, whole, peer = stages_of(*shape)
            for stage in (*stages, whole, peer):
                print(stage.row())


if __name__ == "__main__":
    main()
