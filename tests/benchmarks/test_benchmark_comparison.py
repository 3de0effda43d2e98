"""``featmatch compare-cnn`` from start to end, in seconds, and how large its page is."""

from __future__ import annotations

import subprocess
import sys
from statistics import median

import pytest
from paired import Comparison, seconds_of_one

MEGABYTES = 4


@pytest.mark.parametrize(("options", "seconds"), [((), 30), (("--quick",), 8)])
def test_the_comparison_is_there_in_seconds(options, seconds, hold, tmp_path):
    command = [sys.executable, "-m", "featmatch", "compare-cnn", *options, "-o", tmp_path / "made"]

    def make():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    name = " ".join(("compare-cnn", *options))
    ours = median(seconds_of_one(make) for _ in range(3))
    hold(Comparison(f"{name} / {seconds} s", ours, seconds, ours / seconds, bound=1.0))
    page = (tmp_path / "made" / "index.html").stat().st_size / 1e6
    hold(Comparison(f"{name}, page", page, MEGABYTES, page / MEGABYTES, bound=1.0, unit="MB"))
