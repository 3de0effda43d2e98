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
MAP = "aerial photograph and map"  # with noise, the network's matches do not hold it together
ALL = {**KINDS, MAP: aerial_and_map}
CASES = [(kind, noisy) for kind in ALL for noisy in (False, True) if (kind, noisy) != (MAP, True)]


@pytest.mark.parametrize(("kind", "noisy"), CASES)
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
