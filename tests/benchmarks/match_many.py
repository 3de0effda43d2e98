"""Match two large random sets of descriptors; print the extra memory in MB and the seconds.

Run as ``python match_many.py NORM NUM`` in a process of its own, whose peak of memory is read.
"""

import re
import sys
import time
from pathlib import Path

import numpy as np

from featmatch import match_descriptors


def main(norm, num):
    descriptors0, descriptors1 = (_descriptors(norm, num, seed) for seed in (0, 1))
    before = _megabytes("VmRSS")
    start = time.perf_counter()
    matches = match_descriptors(descriptors0, descriptors1, norm=norm)
    seconds = time.perf_counter() - start
    assert len(matches)
    print(_megabytes("VmHWM") - before, seconds)


def _descriptors(norm, num, seed):
    rng = np.random.default_rng(seed)
    if norm == "l2":
        positive = rng.random((num, 128), np.float32)
        positive /= np.linalg.norm(positive, axis=1, keepdims=True)
        return positive
    return rng.integers(0, 256, (num, 32), np.uint8)


def _megabytes(field):
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) / 1000


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
