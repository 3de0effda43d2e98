"""Which method copes with a strong zoom in other light: pairs of views warped out of photographs.

    python tests/benchmarks/zoom_and_light.py PHOTOGRAPHS --zoom 2 --zoom 4 --light 1 --pairs 88

The far view of a pair shows almost all of the photograph, the near one a part of it, turned, tilted
and in other light: shading, shadows and tone curves, as strong as those of the training at a light
of 1, none at 0. A pair scores 1 - e / 5, and 0 from 5 px on; e is the mean distance, in pixels of
the far view, between where the estimated homography and the true one take the corners of the near
view. The mean score is the area under the recall over e, up to 5 px. It is printed in percent, then
how much more the first method scores than each other one, with 95 % intervals (paired bootstrap).
"""

from __future__ import annotations

from math import cos, radians, sin
from pathlib import Path

import click
import numpy as np

import featmatch
from featmatch.evaluation.metrics.bootstrap import bootstrap_mean
from featmatch.evaluation.metrics.homography_error import corner_error
from featmatch.learned.training.photographs import read_photographs
from featmatch.learned.training.photometric import LUMA, channel_weights, shade, shadow, tone
from featmatch.learned.training.views import SQUARE, take_view, view_map

SIZE = 400  # px, of both views
MIN_SIDE = 480  # px, of a photograph
MAX_ERROR = 5.0  # px


def draw_quads(rng, zoom, width, height):
    """Where the near and the far view lie in a photograph."""
    far, angle = min(width, height) / 1.15, radians(rng.uniform(-20, 20))
    near = far / zoom
    far_quad = far * (SQUARE + rng.uniform(-0.02, 0.02, SQUARE.shape))
    room = np.maximum(np.array((width, height)) - np.ptp(far_quad, axis=0), 0)
    middle = np.ptp(far_quad, axis=0) / 2 + room * rng.random(2)
    rotation = np.array([(cos(angle), -sin(angle)), (sin(angle), cos(angle))])
    near_quad = near * (SQUARE + rng.uniform(-0.08, 0.08, SQUARE.shape)) @ rotation
    offset = 0.4 * (far - 1.3 * near) * rng.uniform(-1, 1, 2)
    return near_quad + middle + offset, far_quad + middle


def draw_pair(photograph, rng, zoom, light):
    """The near view, the far view, and the homography from the first to the second."""
    near_quad, far_quad = draw_quads(rng, zoom, photograph.shape[1], photograph.shape[0])
    near = take_view(photograph, near_quad, SIZE, channel_weights(rng, light))
    far = take_view(photograph, far_quad, SIZE, np.array(LUMA))
    if light > 0:
        for change in (shade, shadow, tone):
            near = np.clip(change(near, rng, light), 0, 1)
    return near, far, np.linalg.solve(view_map(far_quad, SIZE), view_map(near_quad, SIZE))


def score(method, near, far, homography):
    result = featmatch.match(near, far, method=method, model="homography")
    return max(0.0, 1 - corner_error(result.homography, homography, (SIZE, SIZE)) / MAX_ERROR)


def interval(samples):
    found = bootstrap_mean(samples)
    return f"{100 * found.value:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


@click.command()
@click.argument("photographs", nargs=-1, required=True, type=click.Path(True, path_type=Path))
@click.option("--method", "methods", multiple=True, default=("sift-cnn", "sift", "cnn"))
@click.option("--zoom", "zooms", multiple=True, type=float, default=(2.0, 3.0, 4.0, 5.0))
@click.option("--light", "lights", multiple=True, type=float, default=(0.5, 1.0))
@click.option("--pairs", default=88, type=click.IntRange(10), help="For each zoom and light.")
@click.option("--seed", default=0)
def main(photographs, methods, zooms, lights, pairs, seed):
    images = [
        photograph
        for photograph in read_photographs(photographs, max_size=0)
        if min(photograph.shape[:2]) >= MIN_SIDE
    ]
    first, *others = methods
    differences = [f"{first} - {other}" for other in others]
    click.echo(f"| zoom | light | {' | '.join((*methods, *differences))} |")
    click.echo("|---" * (2 + len(methods) + len(others)) + "|")
    for light in lights:
        for zoom in zooms:
            scores = {method: np.zeros(pairs) for method in methods}
            for number in range(pairs):
                rng = np.random.default_rng((seed, number, round(100 * zoom)))
                pair = draw_pair(images[number % len(images)], rng, zoom, light)
                for method in methods:
                    scores[method][number] = score(method, *pair)
            means = [f"{100 * scores[method].mean():.1f}" for method in methods]
            gains = [interval(scores[first] - scores[other]) for other in others]
            click.echo(f"| {zoom:g} | {light:g} | {' | '.join(means + gains)} |")


if __name__ == "__main__":
    main()
