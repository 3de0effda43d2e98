"""Make the sample pairs: `python samples/make_samples.py [FOLDER]`.

A small gallery is built from public-domain photographs, lit, and photographed from two places a
pair; `pairs.json` holds the exact ground truth. Needs scikit-image (`pip install '.[samples]'`).
Files are the same on every run; without FOLDER they replace those beside this script.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import gallery
import numpy as np
from light import light_scene
from photograph import Exposure, develop, render
from scene import Camera, correspondences, fundamental, look_at, plane_homography

SIZE = 900, 675
SEED = 7
NUM_POINTS = 400

Shot = tuple[gallery.Room, Camera, Exposure]


def room_pair(rng: np.random.Generator) -> tuple[Shot, Shot]:
    """Take a step to the left before a room corner: walls, floor and plinth shift apart."""
    room = gallery.studio(rng)
    camera0 = look_at((3.5, -3.6, 1.55), (1.2, -0.3, 1.35), 800, SIZE)
    camera1 = look_at((2.65, -3.85, 1.70), (1.2, -0.3, 1.30), 780, SIZE, roll=0.04)
    daylight = Exposure(gain=1.25)
    later = Exposure(gain=1.0, cast=(1.05, 1.0, 0.92), gradient=(0.10, -0.05), noise=2.5)
    return (room, camera0, daylight), (room, camera1, later)


def gallery_pair(rng: np.random.Generator) -> tuple[Shot, Shot]:
    """Show one room by day and in the evening, the second time with the camera on its side."""
    room = gallery.loft(rng)
    camera0 = look_at((3.35, -3.9, 1.55), (1.95, 0, 1.20), 740, SIZE)
    camera1 = look_at((2.45, -3.7, 1.65), (2.10, 0, 1.25), 740, SIZE, roll=np.pi / 2)
    evening = Exposure(gain=0.9, cast=(1.05, 1.0, 0.90), gradient=(0.0, 0.10), noise=3.0)
    return (room, camera0, Exposure(gain=1.15)), (gallery.evening(room), camera1, evening)


def poster_pair(rng: np.random.Generator) -> tuple[Shot, Shot]:
    """Show one wall, 54 degrees of azimuth apart, nearer and rolled the second time."""
    room = gallery.poster_wall(rng)
    azimuth0, azimuth1 = np.deg2rad([-8.0, 46.0])
    eye0 = 3.3 * np.sin(azimuth0), -3.3 * np.cos(azimuth0), -0.10
    eye1 = 2.9 * np.sin(azimuth1), -2.9 * np.cos(azimuth1), 0.30
    camera0 = look_at(eye0, (0, 0, 0), 900, SIZE)
    camera1 = look_at(eye1, (0, 0, -0.03), 1000, SIZE, roll=np.deg2rad(12))
    cool = Exposure(gain=1.0, gamma=2.1, cast=(0.95, 1.0, 1.10), gradient=(-0.2, 0.0), noise=2.5)
    return (room, camera0, Exposure(gain=1.3)), (room, camera1, cool)


def unrelated_pair(rng: np.random.Generator) -> tuple[Shot, Shot]:
    """Show two rooms without a picture, a wall or a floor in common."""
    camera0 = look_at((2.9, -3.6, 1.5), (1.70, 0, 1.4), 700, SIZE)
    camera1 = look_at((3.4, -3.6, 1.6), (2.85, 0, 1.4), 740, SIZE)
    shot0 = gallery.ochre_room(rng), camera0, Exposure(gain=1.2)
    shot1 = gallery.brick_room(rng), camera1, Exposure(gain=1.2, cast=(1.03, 1.0, 0.95))
    return shot0, shot1


PAIRS = {
    "room": ("pose", room_pair),
    "poster": ("planar", poster_pair),
    "gallery": ("pose", gallery_pair),
    "unrelated": ("unrelated", unrelated_pair),
}


def rounded(matrix: np.ndarray) -> list[list[float]]:
    """Write a matrix with twelve significant digits."""
    return [[float(f"{value:.12g}") for value in row] for row in matrix]


def ground_truth(kind: str, shot0: Shot, shot1: Shot, rng: np.random.Generator) -> dict[str, Any]:
    """Return what is exactly known of a pair, ready for JSON."""
    (room, camera0, _), (_, camera1, _) = shot0, shot1
    if kind == "unrelated":
        return {}
    if kind == "planar":
        (wall,) = room.surfaces
        truth = {"homography": rounded(plane_homography(wall, camera0, camera1))}
    else:
        F, T = fundamental(camera0, camera1)
        matrices = {
            "intrinsics0": camera0.K,
            "intrinsics1": camera1.K,
            "pose": T,
            "fundamental": F,
        }
        truth = {name: rounded(matrix) for name, matrix in matrices.items()}
    points = correspondences(room.surfaces, camera0, camera1, NUM_POINTS, rng)
    return truth | {"points": points.round(4).tolist()}


def make_pair(name: str, folder: Path) -> dict[str, Any]:
    """Write the two photographs of a pair; return its entry in `pairs.json`."""
    kind, build = PAIRS[name]
    rng = np.random.default_rng([SEED, *name.encode()])
    shots = build(rng)
    files = [f"{name}_{number}.jpg" for number in (0, 1)]
    for file, (room, camera, exposure) in zip(files, shots, strict=True):
        light = render(room.surfaces, light_scene(room.surfaces, room.lamps, room.ambient), camera)
        (folder / file).write_bytes(develop(light, exposure, rng))
    entry = {"name": name, "image0": files[0], "image1": files[1], "kind": kind}
    return entry | ground_truth(kind, *shots, rng)


def main() -> None:
    """Make every pair."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    pairs = [make_pair(name, folder) for name in PAIRS]
    entries = [
        "{" + ",\n ".join(f"{json.dumps(key)}: {json.dumps(entry[key])}" for key in entry) + "}"
        for entry in pairs
    ]
    text = '{"suite": "samples", "pairs": [\n' + ",\n".join(entries) + "\n]}\n"
    (folder / "pairs.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
