"""Files of a folder: each is told by its content, and none stops the others."""

from __future__ import annotations

import os
import shutil
import sys

import cv2
import numpy as np
import pytest
from photograph_folders import SAMPLES, blank, view, write_views

from featmatch.collection import images as module
from featmatch.collection.images import find_images, natural_order
from featmatch.errors import ReadError


def statuses(folder, **options):
    return {entry.name: entry.status for entry in find_images(folder, **options)}


def reasons(folder):
    return {entry.name: entry.reason for entry in find_images(folder) if entry.reason}


def test_names_are_in_natural_order():
    names = ["b/1.jpg", "10.jpg", "9.jpg", "009.jpg", "B.jpg", "a.jpg", "9a.jpg", "x²3.jpg"]
    assert sorted(names, key=natural_order) == [
        *("009.jpg", "9.jpg", "9a.jpg", "10.jpg", "a.jpg", "B.jpg", "b/1.jpg", "x²3.jpg"),
    ]


def test_images_of_all_folders_whatever_they_are_called(tmp_path):
    names = ["a b.png", "x/y/ü 'q'.png", "x/no ending", "x/wrong.txt", "x,y;z.png", "x/=1+1.png"]
    if os.name != "nt":
        names += ["line\nbreak.png", os.fsdecode(b"not utf-8 \xff.png")]
    for number, name in enumerate(names):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", view(number % 8) + number)[1].tobytes())
    found = find_images(tmp_path)
    assert {entry.name for entry in found} == set(names)
    assert {(entry.status, entry.size) for entry in found} == {("read", (320, 240))}


def test_what_is_no_image_has_a_line_too(tmp_path):
    write_views(tmp_path, 0)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(100))
    (tmp_path / ".hidden.png").write_bytes((tmp_path / "view_0.png").read_bytes())
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.png").write_bytes(b"")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text.JPG").write_text("no image")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x20ftypheic" + bytes(100))
    (tmp_path / "header.png").write_bytes((tmp_path / "view_0.png").read_bytes()[:20])
    assert statuses(tmp_path) == {
        "view_0.png": "read",
        "notes.txt": "skipped",
        "film.mp4": "skipped",
        ".hidden.png": "skipped",
        ".cache": "skipped",
        "empty.jpg": "unreadable",
        "empty": "skipped",
        "text.JPG": "unreadable",
        "phone.heic": "unreadable",
        "header.png": "unreadable",
    }
    told = reasons(tmp_path)
    assert told["notes.txt"] == "not an image"
    assert told["empty.jpg"] == "the file is empty (0 bytes); copy it again"
    assert told["phone.heic"].startswith("not an image in a known format")
    assert told[".cache"] == "hidden"


def test_an_image_that_would_take_too_much_memory(tmp_path):
    cv2.imwrite(str(tmp_path / "huge.png"), np.zeros((8, 8), np.uint8))
    content = bytearray((tmp_path / "huge.png").read_bytes())
    content[16:24] = (100_000).to_bytes(4, "big") * 2
    (tmp_path / "huge.png").write_bytes(content)
    assert statuses(tmp_path) == {"huge.png": "unreadable"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights that tests may not have")
def test_links_are_followed_once(tmp_path):
    write_views(tmp_path / "in", 0)
    write_views(tmp_path / "elsewhere", 1)
    (tmp_path / "in" / "circle").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "other").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "elsewhere" / "view_1.png")
    (tmp_path / "in" / "broken.png").symlink_to(tmp_path / "missing.png")
    os.mkfifo(tmp_path / "in" / "pipe.png")
    assert statuses(tmp_path / "in") == {
        "view_0.png": "read",
        "link.png": "read",
        "other/view_1.png": "copy",
        "broken.png": "unreadable",
        "pipe.png": "skipped",
    }


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is closed to this user"
)
def test_closed_files_and_folders_are_told(tmp_path):
    write_views(tmp_path / "closed", 0)
    write_views(tmp_path, 1)
    (tmp_path / "view_1.png").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        assert statuses(tmp_path) == {"closed": "skipped", "view_1.png": "unreadable"}
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_copies_are_told_by_their_content(tmp_path):
    write_views(tmp_path, 0, 1)
    shutil.copy(tmp_path / "view_0.png", tmp_path / "view_10.png")
    shutil.copy(tmp_path / "view_0.png", tmp_path / "view_2.png")
    found = {entry.name: entry.copy_of for entry in find_images(tmp_path)}
    assert found == {
        "view_0.png": "",
        "view_1.png": "",
        "view_2.png": "view_0.png",
        "view_10.png": "view_0.png",
    }


def exif_of(orientation, *, focal_length=50, make=b"ACME\0", model=b"ACME One\0"):
    """EXIF of an orientation, a focal length in a 35 mm frame, a make and a model."""
    texts = make + model
    entries = [
        (0x010F, 2, len(make), 74),
        (0x0110, 2, len(model), 74 + len(make)),
        (0x0112, 3, 1, orientation),
        (0x8769, 4, 1, 74 + len(texts)),
    ]
    start = b"II*\0" + (8).to_bytes(4, "little") + len(entries).to_bytes(2, "little")
    body = b"".join(
        tag.to_bytes(2, "little")
        + kind.to_bytes(2, "little")
        + number.to_bytes(4, "little")
        + value.to_bytes(4, "little")
        for tag, kind, number, value in entries
    )
    padding = bytes(74 - len(start) - len(body))
    inner = (0xA405).to_bytes(2, "little") + (3).to_bytes(2, "little")
    inner += (1).to_bytes(4, "little") + focal_length.to_bytes(4, "little")
    return start + body + padding + texts + (1).to_bytes(2, "little") + inner + bytes(4)


@pytest.mark.parametrize(("orientation", "size"), [(1, (320, 240)), (6, (240, 320))])
def test_cameras_are_read_from_exif(tmp_path, orientation, size):
    jpeg = cv2.imencode(".jpg", view(0))[1].tobytes()
    exif = b"Exif\0\0" + exif_of(orientation)
    segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    (tmp_path / "photo.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    (entry,) = find_images(tmp_path)
    assert (entry.size, entry.orientation, entry.camera) == (size, orientation, "ACME One")
    # The angle of view across the diagonal is that of a 50 mm lens on 36 x 24 mm.
    assert entry.focal_length == pytest.approx(50 / np.hypot(36, 24) * 400)
    (stored,) = find_images(tmp_path, exif="ignore")
    assert (stored.size, stored.orientation) == ((320, 240), 1)


def test_files_that_have_not_changed_are_not_read_again(tmp_path, monkeypatch):
    write_views(tmp_path, 0, 1)
    (tmp_path / "bad.jpg").write_text("no image")
    first = find_images(tmp_path)
    known = {entry.name: entry for entry in first}
    read = []
    monkeypatch.setattr(
        module, "read_bytes", lambda path, name: read.append(name) or path.read_bytes()
    )
    assert find_images(tmp_path, known=known) == first
    assert read == []
    cv2.imwrite(str(tmp_path / "view_0.png"), blank())
    changed = find_images(tmp_path, known=known)
    assert read == ["view_0.png"]
    assert changed[1].size == (64, 48)


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(ReadError, match="give the name of a folder"):
        find_images(tmp_path / "missing")
    with pytest.raises(ReadError, match="give the name of a folder"):
        find_images(SAMPLES / "SOURCES.md")
