"""Suites of a few tiny pairs, made from samples by known warps, in all layouts."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SIZE = 240, 180
POSE = json.loads((SAMPLES / "pairs.json").read_text(encoding="utf-8"))["pairs"][0]
SCALE = 0.5  # of the pose pair
METHOD = "orb"
NUM_KEYPOINTS = 500  # which is quick


def warp(number):
    """Return the homography of image 1 to image `number`: a turn, a zoom and some perspective."""
    turn = cv2.getRotationMatrix2D((120, 90), 6.0 * number, 1 + 0.03 * number)
    return np.vstack([turn, [2e-4, -1e-4 * number, 1.0]])


def photograph(name="poster_0", size=SIZE):
    return cv2.resize(cv2.imread(str(SAMPLES / f"{name}.jpg")), size, interpolation=cv2.INTER_AREA)


def view(number):
    """Return image `number`: the photograph itself for 1, or its warp."""
    picture = photograph()
    if number == 1:
        return picture
    return cv2.warpPerspective(picture, warp(number), SIZE, borderMode=cv2.BORDER_REFLECT)


def write_sequence(folder, numbers=(1, 2, 3), *, image="{}.ppm", homography="H_1_{}"):
    """Write a sequence as HPatches has it, or with other names."""
    folder.mkdir(parents=True)
    for number in numbers:
        cv2.imwrite(str(folder / image.format(number)), view(number))
        if number > 1:
            np.savetxt(folder / homography.format(number), warp(number))
    return folder


def planar(number, **changes):
    """Return an entry of pairs.json."""
    entry = {
        "name": f"turn{number}",
        "image0": "1.png",
        "image1": f"{number}.png",
        "kind": "planar",
        "homography": warp(number).tolist(),
    }
    return {**entry, **changes}


def unrelated(name="unrelated"):
    return {"name": name, "image0": "gallery.png", "image1": "other.png", "kind": "unrelated"}


def write_pairs(folder, entries=None, numbers=(1, 2, 3)):
    """Write a pairs.json with its images; without entries, one pair of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        cv2.imwrite(str(folder / f"{number}.png"), view(number))
    cv2.imwrite(str(folder / "gallery.png"), photograph("gallery_0"))
    cv2.imwrite(str(folder / "other.png"), photograph("unrelated_0"))
    if entries is None:
        entries = [planar(2, group="easy"), *_with_depth(folder), unrelated()]
    document = {"suite": "tiny", "pairs": entries}
    (folder / "pairs.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def _with_depth(folder):
    """Write the room at half its size, as a pair with known cameras and as one with points."""
    for number in (0, 1):
        room = cv2.imread(str(SAMPLES / POSE[f"image{number}"]))
        small = cv2.resize(room, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(folder / f"room_{number}.png"), small)
    # 675 rows become 338, so their scale is not quite that of the columns.
    height, width = room.shape[:2]
    new_height, new_width = small.shape[:2]
    scale = np.array([new_width / width, new_height / height])
    resize = np.array(
        [[scale[0], 0, (scale[0] - 1) / 2], [0, scale[1], (scale[1] - 1) / 2], [0, 0, 1]]
    )
    points = (np.array(POSE["points"]) + 0.5) * np.tile(scale, 2) - 0.5
    images = {"image0": "room_0.png", "image1": "room_1.png"}
    cameras = {
        key: (resize @ np.array(POSE[key])).tolist() for key in ("intrinsics0", "intrinsics1")
    }
    yield {"name": "points", "kind": "twoview", "points": points.tolist(), **images}
    yield {"name": "cameras", "kind": "pose", "pose": POSE["pose"], **cameras, **images}
