"""Collections with photographs in a folder, as reports need them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from made_collections import SIZE, MadeCollection, around, entry, found, of_a_plane, record

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "gallery_0.jpg"


def photographed(folder):
    """Two places, a link between them, a wrong pair, copies, and what is no image.

    Five views around something (0.jpg to 4.jpg), of which 1 and 3 are matched wrongly; four of a
    plane (plane 0.jpg, ...), of which one is a bridge to the former; a logo that two share; one
    image alone.
    """
    first = around(5, wrong={(1, 3)})
    second = renamed(of_a_plane(4), "plane ")
    names = [*first.points, *second.points, "alone.jpg"]
    points = first.points | second.points | {"alone.jpg": np.zeros((0, 2), np.float32)}
    bridge, part = ("4.jpg", "plane 0.jpg"), ("0.jpg", "plane 3.jpg")
    rows = np.arange(30)[:, None] + [0, 0]
    records = first.records | second.records
    records[bridge] = record(bridge, rows, fundamental=np.eye(3))
    logo = record(part, rows[:12], homography=np.eye(3))
    told = replace(logo.summary, kind="part", reason="they share a logo")
    records[part] = replace(logo, summary=told)
    nothing = record(("0.jpg", "alone.jpg"), rows[:0], fundamental=np.eye(3))
    told = replace(nothing.summary, kind="none", model="none", num_matches=7)
    records["0.jpg", "alone.jpg"] = replace(nothing, summary=told)
    for number, name in enumerate(names):
        write_photograph(folder / name, turn=number)
    images = [
        *(entry(name, sha256=sha256((folder / name).read_bytes()).hexdigest()) for name in names),
        entry("copy of 0.jpg", "copy", copy_of="0.jpg"),
        entry("broken.jpg", "unreadable", size=(0, 0), reason="is damaged"),
        entry("<b>notes</b>.txt", "skipped", size=(0, 0), reason="is no image"),
    ]
    order = {name: number for number, name in enumerate(names)}
    ordered = sorted(records, key=lambda pair: (order[pair[0]], order[pair[1]]))
    return MadeCollection(images, {pair: records[pair] for pair in ordered}, points, folder)


def many(folder, num_images, num_next):
    """A closed sequence of photographs, each matched with the next ones; one record for all."""
    names = [f"{number:04}.jpg" for number in range(num_images)]
    content = SAMPLE.read_bytes()
    for name in names:
        (folder / name).write_bytes(content)
    rng = np.random.default_rng(0)
    points = rng.uniform((0, 0), SIZE, (300, 2)).astype(np.float32)
    rows = np.arange(300)[:, None] + [0, 0]
    made = record((names[0], names[1]), rows, fundamental=np.eye(3))
    records = {}
    for number in range(num_images):
        for step in range(1, num_next + 1):
            pair = tuple(sorted((names[number], names[(number + step) % num_images])))
            records[pair] = replace(made, summary=found(pair[0], pair[1], 400 // step))
    everywhere = dict.fromkeys(names, points)
    return MadeCollection([entry(name) for name in names], records, everywhere, folder)


def renamed(collection, prefix):
    """The same under other names."""
    records = {}
    for (name0, name1), made in collection.records.items():
        pair = prefix + name0, prefix + name1
        summary = replace(made.summary, name0=pair[0], name1=pair[1])
        records[pair] = replace(made, summary=summary)
    points = {prefix + name: seen for name, seen in collection.points.items()}
    return MadeCollection([entry(name) for name in points], records, points)


def write_photograph(path, turn=0):
    """A sample, its colors turned so that no two are the same."""
    pixels = cv2.resize(cv2.imread(str(SAMPLE)), SIZE, interpolation=cv2.INTER_AREA)
    hue = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV)
    hue[..., 0] = (hue[..., 0] + 18 * turn) % 180
    path.write_bytes(cv2.imencode(".jpg", cv2.cvtColor(hue, cv2.COLOR_HSV2BGR))[1].tobytes())
