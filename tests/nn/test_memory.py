"""Freed memory is kept: fewer pages are asked for."""

from __future__ import annotations

import ctypes
import platform
import subprocess
import sys

import pytest

from featmatch.nn import memory

PROGRAM = """
import resource
import numpy as np
from featmatch.nn import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        arrays = [np.ones(1 << 20) for _ in range(10)]  # of 8 MB, most of them freed together
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
first = faults()
print(keep_freed_memory())
faults()
print(first, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the GNU C library")
def test_pages_are_not_asked_for_again():
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    kept, first, second = told.stdout.split()
    assert kept == "True"
    assert int(first) > 10_000
    assert int(second) < int(first) / 10


@pytest.mark.parametrize("error", [OSError, TypeError])
def test_other_systems_say_no(monkeypatch, error):
    def refuse(_):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert memory.keep_freed_memory() is False
