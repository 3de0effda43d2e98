"""How many nearest neighbors of learned descriptors are right, before any of them is chosen.

    python tests/benchmarks/right_candidates.py SUITE... --weights a.npz --weights b.npz

Suites are those of ``featmatch bench``, with planar pairs or known cameras. Candidates are the
mutual nearest neighbors at the best turn, of the keypoints that the method cnn finds. One is right
if it is within 3 px of the true homography (of labeled points, the one fitted to them), or within
3 px of both epipolar lines. By chance, some lie near a line, too: what counts is the difference
between weights. Their number and share are means over the pairs; differences from the first weights
have 95 % intervals (paired bootstrap). The shipped weights are called "shipped".
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import click
import cv2
import numpy as np

import featmatch
from featmatch.evaluation.bench.readers import read_suite
from featmatch.evaluation.metrics.bootstrap import bootstrap_mean
from featmatch.geometry.residuals import epipolar_residuals, fundamental_of, transfer
from featmatch.methods import METHODS, with_options

MAX_ERROR = 3.0  # px


def cross_product(vector):
    x, y, z = vector
    return np.array([(0, -z, y), (z, 0, -x), (-y, x, 0)])


def errors(pair, points0, points1):
    """How far each match is from the truth, in pixels of image 1, or of the farther line."""
    if pair.kind == "planar":
        homography = pair.homography
        if homography is None:
            homography, _ = cv2.findHomography(pair.points0, pair.points1)
        return np.linalg.norm(transfer(homography, points0) - points1, axis=1)
    essential = cross_product(pair.pose[:3, 3]) @ pair.pose[:3, :3]
    fundamental = fundamental_of(essential, pair.intrinsics0, pair.intrinsics1)
    return epipolar_residuals(fundamental, points0, points1)


def measure(weights, pairs):
    """Number and share in percent of the right candidates of each pair: (N, 2)."""
    options = {} if weights == "shipped" else {"weights": weights}
    pipeline = with_options(METHODS["cnn"], options)

    @cache
    def features(path):
        return pipeline.extractor.extract(featmatch.read_image(path))

    found = []
    for pair in pairs:
        both = features(pair.image0), features(pair.image1)
        candidates = pipeline.matcher.match(*both).candidates
        points = (x.keypoints[rows] for x, rows in zip(both, candidates.indices.T, strict=True))
        right = errors(pair, *points) < MAX_ERROR
        found.append((right.sum(), 100 * right.mean() if len(right) else 0.0))
    return np.array(found)


def interval(differences):
    """The mean of differences, with an interval of 95 %."""
    found = bootstrap_mean(differences)
    return f"{found.value:+.1f} [{found.low:+.1f}, {found.high:+.1f}]"


def has_truth(pair):
    return pair.kind == "planar" or pair.pose is not None


@click.command()
@click.argument("suites", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--weights", multiple=True, default=("shipped",), show_default=True)
def main(suites, weights):
    """Print a row for each suite and weights: number and share, each with the difference."""
    click.echo("| suite | weights | right candidates | more | share, % | more |")
    click.echo("|---|---|---:|---:|---:|---:|")
    for path in suites:
        pairs = [pair for pair in read_suite(path).pairs if has_truth(pair)]
        first = None
        for one in weights:
            found = measure(one, pairs)
            first = found if first is None else first
            number, share = found.mean(axis=0)
            more = [interval((found - first)[:, column]) for column in (0, 1)]
            click.echo(
                f"| {path.name} ({len(pairs)}) | {Path(one).stem} | {number:.0f} | {more[0]}"
                f" | {share:.1f} | {more[1]} |"
            )


if __name__ == "__main__":
    main()
