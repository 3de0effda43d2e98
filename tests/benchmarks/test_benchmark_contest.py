"""The contest on the pair that comes along, beside a script with OpenCV and NumPy alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from featmatch.compare.contenders import contenders, find_features
from featmatch.compare.methods import measure_methods
from featmatch.compare.pair import SAMPLE, sample_pair

SCRIPT = Path(__file__).with_name("contest_script.py")


def test_scores_are_those_of_an_independent_script():
    """Within the intervals; OpenCV places ORB's points, and turns SIFT's picture, a little off."""
    files = [SAMPLE / name for name in ("poster_0.jpg", "poster_1.jpg", "homography.txt")]
    told = subprocess.run(
        [sys.executable, SCRIPT, *files], check=True, capture_output=True, text=True
    ).stdout
    rows = map(str.split, told.splitlines())
    peers = {name: (float(again), int(right)) for name, again, right in rows}
    pair, chosen = sample_pair(), contenders(1000)
    methods = measure_methods(pair, chosen, find_features(pair, chosen))
    for method in methods[:2]:
        again, right = peers[method.name]
        assert method.repeatability_3.low <= again <= method.repeatability_3.high
        assert method.right_matches.low <= right <= method.right_matches.high
    shares = [round(method.repeatability_3.value, 2) for method in methods]
    assert shares == [0.85, 0.6, 0.69]
    assert all(method.num_keypoints == (1000, 1000) for method in methods)
