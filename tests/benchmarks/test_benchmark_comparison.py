"""``featmatch compare-cnn`` from start to end, in seconds, and how large its page is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from paired import Comparison, compare, within_seconds

from featmatch.compare.pair import SAMPLE

MEGABYTES = 4
ORB_SECONDS = 0.75  # of the bare ORB script, at most, on two quiet cores
ORB_SCRIPT = Path(__file__).with_name("orb_script.py")
IMAGES = [SAMPLE / f"poster_{number}.jpg" for number in (0, 1)]


@pytest.mark.parametrize(
    ("options", "seconds", "times_orb"), [((), 12, 25), (("--quick",), 4.5, 10)]
)
def test_the_comparison_is_there_in_seconds(options, seconds, times_orb, hold, tmp_path):
    command = [sys.executable, "-m", "featmatch", "compare-cnn", *options, "-o", tmp_path / "made"]

    def make():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def match_by_orb():
        subprocess.run([sys.executable, ORB_SCRIPT, *IMAGES], check=True, stdout=subprocess.DEVNULL)

    name = " ".join(("compare-cnn", *options))
    beside = compare(f"{name} / a bare ORB script", make, match_by_orb, [()] * 3, bound=times_orb)
    hold(beside)
    told = f"{name} / {seconds} s"
    hold(within_seconds(told, beside.ours, seconds, peer=beside.peer, quiet=ORB_SECONDS))
    page = (tmp_path / "made" / "index.html").stat().st_size / 1e6
    hold(Comparison(f"{name}, page", page, MEGABYTES, page / MEGABYTES, bound=1.0, unit="MB"))
