"""Copies, near-duplicates, and photographs sorted by what they show."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

import numpy as np
import pytest
from made_collections import MadeCollection, entry, found, record

from featmatch.collection.graph import MatchGraph
from featmatch.collection.groups import (
    copy_groups,
    duplicates,
    groups,
    near_duplicates,
    write_groups,
)
from featmatch.errors import ArgumentError, OutputError
from featmatch.files import unfinished
from featmatch.threads import parallel_map

IMAGES = [
    *(entry(name) for name in ("a.jpg", "b.jpg", "c.jpg", "sub/d.jpg", "e.jpg")),
    entry("e 2.jpg", "copy", copy_of="e.jpg"),
    entry("f.jpg", "unreadable"),
]
GROUPS = (("a.jpg", "b.jpg", "sub/d.jpg"), ("e.jpg", "e 2.jpg"), ("c.jpg",))


def test_copies_are_told_with_their_original():
    images = [*IMAGES, entry("e 3.jpg", "copy", copy_of="e.jpg")]
    assert duplicates(images) == (("e.jpg", "e 2.jpg", "e 3.jpg"),)


def test_groups_are_components_with_copies():
    pairs = [
        found("a.jpg", "sub/d.jpg"),
        found("b.jpg", "sub/d.jpg"),
        found("b.jpg", "c.jpg", 9, "part"),
    ]
    assert groups(IMAGES, MatchGraph.of(IMAGES, pairs)) == GROUPS


def similarity(scale=1.0, degrees=0.0, shift=(0.0, 0.0)):
    angle = np.radians(degrees)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]], [0, 0, 1]])


@pytest.mark.parametrize(
    ("mapping", "size1", "is_near"),
    [
        (similarity(), (800, 600), True),
        (-2.0 * similarity(), (800, 600), True),  # the same map
        (similarity(0.5, shift=(-0.25, -0.25)), (400, 300), True),  # resized
        (similarity(degrees=90, shift=(599, 0)), (600, 800), True),  # turned
        (similarity(shift=(-15, -10)), (770, 580), True),  # a border cut off
        (similarity(shift=(-200, 0)), (600, 600), False),  # a quarter cut off
        (similarity(shift=(100, 0)), (800, 600), False),  # moved on
        (similarity(0.8, shift=(80, 60)), (800, 600), False),  # from farther away
        (np.array([[1, 0.2, 0], [0, 1, 0], [0, 0, 1]]), (800, 600), False),  # sheared
        (np.array([[-1.0, 0, 799], [0, 1, 0], [0, 0, 1]]), (800, 600), False),  # mirrored
    ],
)
def test_near_duplicates_are_nearly_all_in_each_other(mapping, size1, is_near):
    names = "a.jpg", "b.jpg"
    made = record(names, np.zeros((9, 2), int), homography=mapping)
    collection = MadeCollection([entry("a.jpg"), entry("b.jpg", size=size1)], {names: made})
    assert near_duplicates(collection) == ((names,) if is_near else ())
    part = replace(made, summary=replace(made.summary, kind="part"))
    collection.records[names] = part
    assert near_duplicates(collection) == ()


def test_groups_are_written(tmp_path):
    odd = (*GROUPS, ('=1+1, "x".jpg',))
    write_groups(odd, tmp_path / "groups.json")
    assert json.loads((tmp_path / "groups.json").read_text()) == [list(group) for group in odd]
    write_groups(odd, tmp_path / "groups.csv")
    assert (tmp_path / "groups.csv").read_text().splitlines() == [
        "group,image",
        *("1,a.jpg", "1,b.jpg", "1,sub/d.jpg", "2,e.jpg", "2,e 2.jpg", "3,c.jpg"),
        """4,"'=1+1, ""x"".jpg\"""",
    ]
    with pytest.raises(ArgumentError, match=r"\.csv \.json"):
        write_groups(GROUPS, tmp_path / "groups.txt")


def test_copies_are_sorted_into_folders(tmp_path, monkeypatch):
    source, folder = tmp_path / "photographs", tmp_path / "sorted"
    for names in GROUPS:
        for name in names:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(name.encode())
    counts = copy_groups(GROUPS, source, folder)
    assert counts == {"group-001": 3, "group-002": 2, "alone": 1}
    found_files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.jpg")}
    assert found_files == {
        "group-001/a.jpg": b"a.jpg",
        "group-001/b.jpg": b"b.jpg",
        "group-001/sub/d.jpg": b"sub/d.jpg",
        "group-002/e.jpg": b"e.jpg",
        "group-002/e 2.jpg": b"e 2.jpg",
        "alone/c.jpg": b"c.jpg",
    }
    (folder / "alone" / "c.jpg").unlink()
    leftover = unfinished(folder)
    leftover.write_bytes(b"c.")  # the program was killed
    os.utime(leftover, (5, 6))
    os.utime(source / "c.jpg", (5, 6))
    assert copy_groups(GROUPS, source, folder) == counts
    assert (folder / "alone" / "c.jpg").read_bytes() == b"c.jpg"
    assert (folder / "alone" / "c.jpg").stat().st_mtime == 6
    assert leftover.exists()  # another run may still be at it
    later = time.time() + 2 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    copy_groups(GROUPS, source, folder)
    assert not leftover.exists()
    (source / "a.jpg").write_bytes(b"another photograph")
    with pytest.raises(OutputError, match=r"holds group-001/a\.jpg, which is no copy"):
        copy_groups(GROUPS, source, folder)


def test_two_runs_may_copy_at_once(tmp_path):
    source, folder = tmp_path / "photographs", tmp_path / "sorted"
    source.mkdir()
    names = [f"{number}.jpg" for number in range(60)]
    for name in names:
        (source / name).write_bytes(name.encode() * 1000)
    for _ in parallel_map(lambda run: copy_groups([names], source, folder), range(2)):
        found = {path.name: path.read_bytes() for path in (folder / "group-001").iterdir()}
        assert found == {name: name.encode() * 1000 for name in names}
    assert [path.name for path in folder.iterdir()] == ["group-001"]


def test_copies_stay_outside_of_the_photographs(tmp_path):
    with pytest.raises(OutputError, match="lies in the folder of the photographs"):
        copy_groups(GROUPS, tmp_path, tmp_path / "sorted")


def test_a_photograph_that_is_gone_is_told(tmp_path):
    (tmp_path / "photographs").mkdir()
    with pytest.raises(OutputError, match="cannot take the copies"):
        copy_groups(GROUPS, tmp_path / "photographs", tmp_path / "sorted")
