"""Files are whole or as they were before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from featmatch import FeatmatchError, OutputError, WeightsError
from featmatch.files import (
    UnfinishedFiles,
    check_ending,
    check_folder,
    check_place,
    read_whole,
    reason_of,
    write_files,
    write_folder,
    write_whole,
)


def full(descriptor):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", [b"", b"new", bytes(100_000)])
@pytest.mark.parametrize("kind", [str, Path])
def test_a_file_is_written_and_replaced(tmp_path, content, kind):
    path = tmp_path / "file"
    for earlier in (None, b"earlier and longer"):
        if earlier is not None:
            path.write_bytes(earlier)
        write_whole(kind(path), content)
        assert path.read_bytes() == read_whole(kind(path)) == content
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_replaced_file_keeps_its_permissions(tmp_path, monkeypatch, mode):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(mode)
    modes = []  # of all that is in the folder, when all is written but nothing moved
    monkeypatch.setattr(
        os, "fsync", lambda _: modes.extend(file.stat().st_mode for file in tmp_path.iterdir())
    )
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [found & 0o777 for found in (*modes, path.stat().st_mode)] == [mode] * 3


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "other").touch()
    write_whole(tmp_path / "file", b"new")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("earlier", [None, b"earlier"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, earlier):
    path = tmp_path / "file"
    if earlier is not None:
        path.write_bytes(earlier)
    monkeypatch.setattr(os, "fsync", full)
    message = r"file: cannot be written \(no space left on device\); choose another place"
    with pytest.raises(OutputError, match=message):
        write_whole(path, b"new")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [earlier] * path.exists()
    assert path.exists() == (earlier is not None)


def test_an_interrupt_leaves_what_was_there(tmp_path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    path = tmp_path / "file"
    path.write_bytes(b"earlier")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"earlier"]


@pytest.mark.parametrize("check", [check_place, lambda path: write_whole(path, b"new")])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("folder", "is a folder; give the name of a file in it"),
        ("to the folder", "is a folder; give the name of a file in it"),
        ("device", "is a device or a pipe; give the name of a file"),
        ("none/file", "there is no folder .*none; make it first"),
        ("file/file", "there is no folder .*file; make it first"),
        ("x" * 300, r"cannot be written \(file name too long\); choose another place"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(tmp_path, check, name, message):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("earlier")
    (tmp_path / "to the folder").symlink_to("folder")
    (tmp_path / "device").symlink_to(os.devnull)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=f"{name}: {message}"):
        check(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("check", [check_place, lambda path: write_whole(path, b"new")])
def test_a_write_protected_file_stays(tmp_path, monkeypatch, check):
    path = tmp_path / "file"
    path.write_text("earlier")
    # Everything is writable to root, who may run the tests.
    monkeypatch.setattr(os, "access", lambda place, mode: place != path)
    with pytest.raises(OutputError, match="file: is write-protected; allow writing or give anoth"):
        check(path)
    assert path.read_text() == "earlier"


def test_checking_a_place_leaves_no_trace(tmp_path):
    check_place(tmp_path / "new")
    (tmp_path / "earlier").write_text("earlier")
    check_place(tmp_path / "earlier")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["earlier"]


@pytest.mark.parametrize("target", ["folder/target", "target"])
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, target, there):
    (tmp_path / "folder").mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)
    if there:
        (tmp_path / target).write_text("earlier")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert not (tmp_path / target).is_symlink()
    assert (tmp_path / target).read_bytes() == b"new"


@pytest.mark.parametrize("num_written", [0, 1, 2, 3])
def test_several_files_are_written_or_none(tmp_path, monkeypatch, num_written):
    paths = [tmp_path / name for name in "abc"]
    paths[1].write_bytes(b"earlier")
    before = tree(tmp_path)
    written = []
    monkeypatch.setattr(
        os, "fsync", lambda file: full(0) if len(written) == num_written else written.append(file)
    )
    contents = {path: path.name.encode() for path in paths}
    if num_written == 3:
        write_files(contents)
        assert tree(tmp_path) == {"a": b"a", "b": b"b", "c": b"c"}
    else:
        with pytest.raises(OutputError, match=f"{paths[num_written].name}: cannot be written"):
            write_files(contents)
        assert tree(tmp_path) == before


def test_files_and_folders_take_their_places_together(tmp_path):
    with UnfinishedFiles() as files:
        files.write(tmp_path / "one", b"1")
        files.write_folder(tmp_path / "folder", CONTENTS)
        assert not {"one", "folder/page"} & set(tree(tmp_path))
        files.finish()
    assert tree(tmp_path) == {"one": b"1"} | {f"folder/{k}": v for k, v in CONTENTS.items()}
    with UnfinishedFiles() as files:
        files.write_folder(tmp_path / "other", CONTENTS)
    assert not (tmp_path / "other").exists()


CONTENTS = {"page": b"new", "charts/one": b"1", "charts/two": b"2"}


def tree(folder):
    """All files below a folder: name -> content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("kind", [str, Path])
def test_a_folder_is_made_and_files_in_it_are_replaced(tmp_path, kind):
    folder = tmp_path / "made"
    for earlier in ({}, {"other": b"kept"}):
        for name, content in earlier.items():
            (folder / name).write_bytes(content)
            (folder / "page").write_bytes(b"earlier")
        write_folder(kind(folder), CONTENTS)
        assert tree(folder) == CONTENTS | earlier
        assert list(tmp_path.iterdir()) == [folder]


def test_a_link_to_a_folder_stays(tmp_path):
    (tmp_path / "link").symlink_to("target")
    write_folder(tmp_path / "link", CONTENTS)
    assert (tmp_path / "link").is_symlink()
    assert tree(tmp_path / "target") == CONTENTS


@pytest.mark.parametrize("target", ["elsewhere/page", "page of another name"])
@pytest.mark.parametrize("there", [True, False])
def test_links_in_a_folder_stay_and_what_they_lead_to_is_written(tmp_path, target, there):
    folder, target = tmp_path / "folder", tmp_path / target
    for made in (folder, target.parent, tmp_path / "others"):
        made.mkdir(exist_ok=True)
    (folder / "page").symlink_to(target)
    (folder / "charts").symlink_to(tmp_path / "others")
    if there:
        target.write_bytes(b"earlier")
    write_folder(folder, CONTENTS)
    assert (folder / "page").is_symlink()
    assert (folder / "charts").is_symlink()
    assert not target.is_symlink()
    assert target.read_bytes() == b"new"
    assert tree(tmp_path / "others") == {"one": b"1", "two": b"2"}
    assert set(folder.iterdir()) == {folder / "page", folder / "charts"}


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_replaced_files_in_a_folder_keep_their_permissions(tmp_path, mode):
    (tmp_path / "page").write_bytes(b"earlier")
    (tmp_path / "page").chmod(mode)
    write_folder(tmp_path, CONTENTS)
    assert tree(tmp_path) == CONTENTS
    assert (tmp_path / "page").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_leaves_the_folder_as_it_was(tmp_path, monkeypatch, there):
    folder = tmp_path / "folder"
    if there:
        folder.mkdir()
        (folder / "page").write_bytes(b"earlier")
    before = sorted(tmp_path.rglob("*"))
    written = []  # descriptors of files whose content is on the disk
    monkeypatch.setattr(
        os, "fsync", lambda file: full(0) if len(written) == 2 else written.append(file)
    )
    with pytest.raises(OutputError, match=r"folder: cannot be written \(no space left on device"):
        write_folder(folder, CONTENTS)
    assert sorted(tmp_path.rglob("*")) == before
    assert not there or (folder / "page").read_bytes() == b"earlier"


@pytest.mark.parametrize(
    "check", [lambda path: check_folder(path, CONTENTS), lambda path: write_folder(path, CONTENTS)]
)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("file", "file: is a file; give the name of a folder"),
        ("none/folder", "none/folder: there is no folder .*none; make it first"),
        ("file/folder", "file/folder: there is no folder .*file; make it first"),
        ("one", "one/page: is a folder; give the name of a file in it"),
        ("two", "two/charts: is a file; give the name of a folder"),
        ("page.html", "page.html: .html is the ending of a file, and a folder is written"),
        ("x" * 300, r"cannot be written \(file name too long\); choose another place"),
    ],
)
def test_a_folder_that_cannot_be_written_is_told(tmp_path, check, name, message):
    (tmp_path / "file").write_text("earlier")
    (tmp_path / "one/page").mkdir(parents=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two/charts").write_text("earlier")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match=message):
        check(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_checking_a_folder_leaves_no_trace(tmp_path):
    check_folder(tmp_path / "new", CONTENTS)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    message = r"none: cannot be read \(no such file or directory\); check the name and the permiss"
    with pytest.raises(FeatmatchError, match=message):
        read_whole(tmp_path / "none")
    with pytest.raises(WeightsError, match=r"cannot be read \(is a directory\)"):
        read_whole(tmp_path, WeightsError)


def test_endings():
    assert check_ending("path", "a.B.Png", (".svg", ".png")) == ".png"
    for path in ("a.gif", "png", ".png", "", Path("a.png~")):
        with pytest.raises(ValueError, match=r"^path: expected a name ending in \.png \.svg, got"):
            check_ending("path", path, (".png", ".svg"))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "no space left on device"),
        (ValueError("Not a file. "), "not a file"),
        (ValueError("first\nsecond"), "first"),
        (EOFError(), "eoferror"),
    ],
)
def test_reasons_are_a_few_words(error, reason):
    assert reason_of(error) == reason


def test_a_file_that_a_library_writes_takes_its_place_at_the_end(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o600)
    for finished in (False, True):
        with UnfinishedFiles() as files:
            files.reserve(path).write_text("new")
            assert path.read_text() == "old"
            if finished:
                files.finish()
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_was_made_for_nothing_is_removed(tmp_path):
    with UnfinishedFiles() as files:
        folder = files.make_folder(tmp_path / "folder")
        files.reserve(folder / "file").write_text("new")
    assert not list(tmp_path.iterdir())
    with UnfinishedFiles() as files, pytest.raises(OutputError, match="no folder"):
        files.make_folder(tmp_path / "missing" / "folder")
