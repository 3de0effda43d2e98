"""From two files to verified matches by SIFT, in a running process."""

from __future__ import annotations

from paired import compare
from sift_peer import match_by_sift

import featmatch


def test_sift_is_no_slower_than_a_strong_script(photographs, hold):
    hold(
        compare(
            "match by SIFT, photographs / script",
            lambda *paths: featmatch.match(*paths, method="sift"),
            match_by_sift,
            photographs * 2,
            bound=1.0,
        )
    )
