"""Schedulers and workers of Dask, begun by their commands and ended from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import distributed

_PATIENCE = 120  # seconds, for processes to begin on a busy machine


@contextmanager
def scheduler(folder, num_workers):
    """Yield the process of a scheduler and its address; its workers have one thread each.

    All are killed at the end: nothing waits for them to take leave of each other.
    """
    file = folder / "scheduler.json"
    running = [_begin(file, "scheduler", "--port", "0")]
    try:
        address = _address(file)
        running += [_begin(file, "worker", "--nthreads", "1") for _ in range(num_workers)]
        if num_workers:
            with connected(address) as client:
                client.wait_for_workers(num_workers, timeout=_PATIENCE)
        yield running[0], address
    finally:
        for process in running:
            end(process)


def end(process):
    """Kill a process and those that it has begun."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def connected(address):
    """Connect to a scheduler until the end of a block."""
    return distributed.Client(address, set_as_default=False)


def _begin(file, *command):
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "dask", *command),
            *("--scheduler-file", str(file), "--dashboard-address", ":0"),
        ],
        cwd=file.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _address(file):
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError, ValueError):  # not written yet, or not whole
            return json.loads(file.read_text())["address"]
        time.sleep(0.05)
    raise TimeoutError("the scheduler has not said its address")
