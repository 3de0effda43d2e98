"""Collect views of photographs by retrieval, few of them and many; print time, memory and recall.

    python tests/benchmarks/collect_many.py PHOTOGRAPHS WORK [--nums 100,1000]

Each photograph is seen in five views, cut out of it and bent a little, so that it is known which
views overlap and by how much. Photographs that the codebooks were made of are left out.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from itertools import combinations
from pathlib import Path

import click
import cv2
import numpy as np
from make_codebooks import EVERY

from featmatch import collect
from featmatch.learned.training.photometric import photometric_change

SIZE = (320, 240)
NUM_VIEWS = 5  # of a photograph
SHARES = (0.55, 0.8)  # of the photograph's sides that a view shows
BEND = 0.05  # of the view's sides, that its corners are moved by
WELL_OVERLAPPING = 0.4  # of the smaller view's area: such pairs have to be found


def corners(size):
    """(4, 2) corners of an image, around."""
    width, height = size
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def view(photograph, rng):
    """A view of a photograph, and the corners of what it shows."""
    whole = np.array(photograph.shape[1::-1])
    shown = whole * rng.uniform(*SHARES)
    start = rng.uniform(0, 1, 2) * (whole - shown)
    quad = start + corners(shown) + rng.uniform(-BEND, BEND, (4, 2)) * shown
    quad = quad.astype(np.float32)
    warp = cv2.getPerspectiveTransform(quad, corners(SIZE))
    gray = cv2.warpPerspective(photograph, warp, SIZE, flags=cv2.INTER_AREA)
    changed = photometric_change((gray / 255).astype(np.float32), rng, 0.5)
    return np.uint8(np.round(255 * changed)), quad


def write_views(paths, folder, num):
    """Write views of photographs; return the names that overlap -> share of the smaller one."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    overlaps = {}
    for number, path in enumerate(paths[: num // NUM_VIEWS]):
        photograph = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        quads = {}
        for count in range(NUM_VIEWS):
            name = f"{number:04}_{count}.png"
            pixels, quads[name] = view(photograph, rng)
            cv2.imwrite(str(folder / name), pixels)
        for names in combinations(quads, 2):
            quad0, quad1 = (quads[name] for name in names)
            shared = cv2.intersectConvexConvex(quad0, quad1)[0]
            overlaps[names] = shared / min(cv2.contourArea(quad0), cv2.contourArea(quad1))
    return overlaps


class Clock:
    """CPU seconds of each part of the work, as its progress is told."""

    def __init__(self):
        self.seconds = {"images": 0.0, "pairs": 0.0}
        self.last = time.process_time()

    def __call__(self, progress):
        now = time.process_time()
        if not progress.note:
            self.seconds[progress.part] += now - self.last
        self.last = now


def measure(folder, out, options, overlaps, told):
    """Collect a folder in this process, and tell what it took and what it has found."""
    clock, begun = Clock(), time.process_time()
    collection = collect(folder, out, pairs="retrieval", progress=clock, **options)
    seconds = time.process_time() - begun
    again = time.process_time()
    collect(folder, out, pairs="retrieval", **options)
    again = time.process_time() - again
    tried = {pair.names for pair in collection.pairs}
    scenes = {pair.names for pair in collection.pairs if pair.kind == "scene"}
    wanted = {names for names, share in overlaps.items() if share >= WELL_OVERLAPPING}
    told.put(
        {
            "images": len(collection.images),
            "pairs": len(tried),
            "s an image": f"{clock.seconds['images'] / len(collection.images):.3f}",
            "ms a pair": f"{1000 * clock.seconds['pairs'] / len(tried):.1f}",
            "s of all": f"{seconds:.0f}",
            "s again": f"{again:.2f}",
            "peak MB": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f}",
            "proposed": f"{len(wanted & tried) / len(wanted):.3f}",
            "accepted": f"{len(wanted & scenes) / len(wanted):.3f}",
            "of different photographs": len(scenes - overlaps.keys()),
        }
    )


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("work", type=click.Path(path_type=Path))
@click.option("--nums", default="100,1000", help="Numbers of views.")
@click.option("--method", default="sift+cnn")
@click.option("--neighbors", default=20)
@click.option("--max-keypoints", type=int)
def main(photographs, work, nums, **options):
    """Collect views of the photographs in a folder; WORK takes them and the results."""
    paths = [path for n, path in enumerate(sorted(photographs.glob("*.jpg"))) if n % EVERY]
    spawning = multiprocessing.get_context("spawn")  # each has its own peak of memory
    for num in map(int, nums.split(",")):
        folder, told = work / f"{num}", spawning.Queue()
        overlaps = write_views(paths, folder, num)
        jobs = folder, work / f"{num}_out", options, overlaps, told
        process = spawning.Process(target=measure, args=jobs)
        process.start()
        process.join()
        for name, value in told.get().items():
            click.echo(f"{name:>26}: {value}")


if __name__ == "__main__":
    main()
