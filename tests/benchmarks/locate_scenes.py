"""Count what `locate` finds in scenes made by ourselves, beside OpenCV's sample script.

Run as ``python locate_scenes.py PHOTOGRAPHS``, a folder of some hundred photographs (.jpg) of
different things, with ``--kinds`` and ``--scenes`` for a part of it; prints the rows of a table.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

import featmatch

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "alignment")]
from placed_objects import border, project  # noqa: E402
from placed_scenes import KINDS, made, photograph_files  # noqa: E402

RATIO, MAX_ERROR = 0.75, 5.0  # of find_obj.py
LARGE = 60  # px, shorter side
FIRST_SEED = 1  # rules were chosen on the even seeds, and are measured on the odd ones
NONE = (
    *("poster in a street", "photograph among others, any turn", "icons on a screen"),
    *("box with depth", "page among pages"),
)
"""Kinds of scenes from which the thing is left out."""


def find_obj(thing, scene):
    """OpenCV's sample find_obj.py: SIFT, a ratio of .75, RANSAC; the outline of one thing."""
    sift = cv2.SIFT.create()
    (points0, descriptors0), (points1, descriptors1) = (
        sift.detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None)
        for image in (thing, scene)
    )
    if descriptors0 is None or descriptors1 is None or len(points1) < 2:
        return []
    near = cv2.BFMatcher().knnMatch(descriptors0, descriptors1, k=2)
    matches = [best for best, second in near if best.distance < RATIO * second.distance]
    if len(matches) < 4:
        return []
    own = np.array([points0[match.queryIdx].pt for match in matches], np.float32)
    there = np.array([points1[match.trainIdx].pt for match in matches], np.float32)
    homography, _ = cv2.findHomography(own, there, cv2.RANSAC, MAX_ERROR)
    return [] if homography is None else [project(homography, border(thing.shape[1::-1]))]


class Tally:
    """What one of the two has found of one kind."""

    def __init__(self):
        self.sides, self.found, self.errors, self.num_false, self.seconds = [], [], [], 0, []

    def add(self, made_scene, look):
        start = time.perf_counter()
        outlines = look(made_scene.thing, made_scene.scene)
        self.seconds.append(time.perf_counter() - start)
        found, errors, num_false = made_scene.score(outlines)
        self.sides += made_scene.sides
        self.found += found
        self.errors += errors
        self.num_false += num_false

    def row(self):
        sides, found, errors = map(np.array, (self.sides, self.found, self.errors))
        large, exact = sides >= LARGE, errors[np.isfinite(errors)] if len(errors) else errors
        cells = [f"{np.sum(found[each])} of {np.sum(each)}" for each in (large, ~large)]
        if len(exact):
            cells += ["{:.2f} / {:.2f}".format(*np.percentile(exact, [50, 95]))]
        else:
            cells += ["–"]
        return [*cells, str(self.num_false), f"{np.median(self.seconds):.1f} s"]


def ours(thing, scene):
    return [placement.outline for placement in featmatch.locate(thing, scene)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--kinds", nargs="*", default=[*KINDS, "none"])
    parser.add_argument("--scenes", type=int, default=25)
    parser.add_argument("--none", type=int, default=300)
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    asked = parser.parse_args()
    files = photograph_files(asked.photographs)
    for kind in asked.kinds:
        tallies = {"locate": Tally(), "script": Tally()}
        for number in range(asked.none if kind == "none" else asked.scenes):
            seed = asked.first_seed + 2 * number
            if kind == "none":
                scene = made(NONE[number % len(NONE)], seed, files, 0)
            else:
                scene = made(kind, seed, files, 1 + number % 5)
            for tally, look in zip(tallies.values(), (ours, find_obj), strict=True):
                before = tally.num_false, sum(tally.found)
                tally.add(scene, look)
                new = tally.num_false - before[0], sum(tally.found) - before[1]
                print(kind, seed, new, "of", len(scene.sides), file=sys.stderr, flush=True)
        rows = [tally.row() for tally in tallies.values()]
        cells = [f"{mine} ({peers})" for mine, peers in zip(*rows, strict=True)]
        print("|", " | ".join([kind, *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
