"""How far off alignments are beside those by OpenCV and scikit-image, and what they cost."""

from __future__ import annotations

import cv2
import pytest
from alignment_peers import peer_errors
from drawn_map import aerial_and_map
from laid_pairs import KINDS
from paired import Comparison, compare

import featmatch

TILES = "microscope tiles"
ALL = {**KINDS, "aerial photograph and map": aerial_and_map}


@pytest.mark.parametrize("noisy", [False, True], ids=["clean", "noisy"])
@pytest.mark.parametrize("kind", ALL)
def test_no_peer_comes_nearer(kind, noisy, hold):
    pytest.importorskip("skimage")
    pair = ALL[kind]()
    pair = pair.noisy() if noisy else pair
    peers = peer_errors(pair, overlap=0.1 if kind == TILES else None)
    best = min(peers, key=peers.get)
    ours = pair.error(featmatch.align(pair.moving, pair.fixed).to_fixed)
    name = f"align, {kind}{', noise' if noisy else ''} / {best}"
    hold(Comparison(name, ours, peers[best], ours / peers[best], 1.0, "px"))


def test_an_alignment_costs_little_more_than_the_match(photographs, hold):
    def match_and_warp(*paths):
        result = featmatch.match(*paths)
        moving = cv2.imread(str(paths[0]))
        matrix = result.models["homography"].geometry.matrix
        cv2.warpPerspective(moving, matrix, moving.shape[1::-1], flags=cv2.INTER_LANCZOS4)

    flat = photographs[:1]  # depth takes a field, and longer
    hold(
        compare(
            "align, photographs / match and warpPerspective",
            lambda *paths: featmatch.align(*paths).aligned(),
            match_and_warp,
            flat * 5,
            bound=1.3,
        )
    )
