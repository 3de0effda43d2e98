"""What photographs, results and options may be: changed, missing, closed, damaged, of others."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import pytest
from photograph_folders import QUICK, found_in, view, write_views

import featmatch
from featmatch.collection import images
from featmatch.errors import ArgumentError, FeaturesReadError, ReadError


@pytest.fixture
def photographs(tmp_path):
    return write_views(tmp_path / "photographs", 0, 1, 2)


def after_first(act):
    """Return what acts once the features of the first image are found."""

    def tell(progress):
        if progress.part == "images" and progress.num_done == 1:
            act()

    return tell


def reasons(collection):
    return {image.name: image.reason for image in collection.failures}


def test_a_photograph_that_is_replaced_meanwhile_is_told(photographs, tmp_path):
    kept = tmp_path / "kept.png"
    shutil.copy2(photographs / "view_2.png", kept)

    def replaced():
        cv2.imwrite(str(photographs / "view_2.png"), view(0, seed=1))

    out = tmp_path / "out"
    found = featmatch.collect(photographs, out, progress=after_first(replaced), **QUICK)
    assert reasons(found) == {"view_2.png": "was changed meanwhile; run featmatch collect again"}
    shutil.copy2(kept, photographs / "view_2.png")
    again = featmatch.collect(photographs, out, **QUICK)
    assert found_in(again) == found_in(featmatch.collect(photographs, tmp_path / "new", **QUICK))


def test_what_is_missing_for_a_moment_is_found_again(photographs, tmp_path):
    away = tmp_path / "away.png"

    def moved():
        (photographs / "view_2.png").rename(away)

    found = featmatch.collect(photographs, tmp_path / "out", progress=after_first(moved), **QUICK)
    assert list(reasons(found)) == ["view_2.png"]
    away.rename(photographs / "view_2.png")
    assert reasons(featmatch.collect(photographs, tmp_path / "out", **QUICK)) == {}


def test_what_could_not_be_opened_is_tried_again(photographs, tmp_path, monkeypatch):
    read = images.read_bytes

    def closed(path, name):
        if path.name == "view_1.png":
            raise PermissionError(13, "Permission denied")
        return read(path, name)

    monkeypatch.setattr(images, "read_bytes", closed)
    found = featmatch.collect(photographs, tmp_path / "out", **QUICK)
    assert reasons(found) == {"view_1.png": "the file cannot be opened (permission denied)"}
    monkeypatch.undo()
    assert reasons(featmatch.collect(photographs, tmp_path / "out", **QUICK)) == {}


def test_a_folder_that_may_not_be_entered_is_told(photographs, monkeypatch):
    (photographs / "closed").mkdir()
    is_file, iterdir = Path.is_file, Path.iterdir

    def refused(act):
        def ask(path):
            if "closed" in path.parts:
                raise PermissionError(13, "Permission denied")
            return act(path)

        return ask

    monkeypatch.setattr(Path, "is_file", refused(is_file))
    monkeypatch.setattr(Path, "iterdir", refused(iterdir))
    found = {entry.name: entry.reason for entry in images.find_images(photographs)}
    assert found["closed"] == "the folder cannot be read (permission denied)"


def test_masks_do_not_lie_among_the_photographs(photographs, tmp_path):
    with pytest.raises(ArgumentError, match="masks: expected another folder than that of the"):
        featmatch.collect(photographs, tmp_path / "out", masks=photographs, **QUICK)


def test_an_essential_matrix_needs_cameras_before_any_work(photographs, tmp_path):
    with pytest.raises(ArgumentError, match="needs the cameras, which are not known; give intrin"):
        featmatch.collect(photographs, tmp_path / "out", model="essential", **QUICK)
    assert not (tmp_path / "out").exists()


def test_results_beside_a_folder_that_does_not_exist(photographs, tmp_path):
    found = featmatch.collect(photographs, tmp_path / "no" / ".." / "out", **QUICK)
    assert found.out == tmp_path / "out"


def test_damaged_matches_are_not_passed_over(photographs, tmp_path):
    collection = featmatch.collect(photographs, tmp_path / "out", **QUICK)
    block = next((collection.out / "pairs").rglob("*.npz"))
    block.write_bytes(block.read_bytes()[:-100])
    with pytest.raises(FeaturesReadError, match="damaged; featmatch collect, with the same option"):
        _ = featmatch.Collection(collection.out).pairs


def test_matches_that_cannot_be_read_are_not_removed(photographs, tmp_path, monkeypatch):
    out = tmp_path / "out"
    featmatch.collect(photographs, out, **QUICK)
    block = next((out / "pairs").rglob("*.npz"))
    opened = Path.open

    def refused(path, *arguments):
        if path == block:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ReadError, match=r"cannot be read \(permission denied\)"):
        featmatch.collect(photographs, out, **QUICK)
    assert block.is_file()


def test_collections_of_other_photographs_are_not_merged(photographs, tmp_path):
    other = write_views(tmp_path / "other", 3, 4)
    parts = [
        featmatch.collect(folder, tmp_path / f"out_{folder.name}", **QUICK).out
        for folder in (photographs, other)
    ]
    with pytest.raises(ArgumentError, match="which has none of those before it"):
        featmatch.merge_collections(tmp_path / "merged", parts)
    cv2.imwrite(str(other / "view_0.png"), view(5))
    featmatch.collect(other, parts[1], **QUICK)
    with pytest.raises(ArgumentError, match=r"where view_0\.png differs"):
        featmatch.merge_collections(tmp_path / "merged", parts)
    with pytest.raises(ArgumentError, match=r"which holds view_0\.png"):
        featmatch.merge_collections(photographs, parts[:1])
    assert sorted(path.name for path in photographs.iterdir()) == [
        f"view_{number}.png" for number in range(3)
    ]


def test_an_essential_matrix_needs_the_cameras_of_all(photographs, tmp_path):
    with pytest.raises(ArgumentError, match=r"that of view_0\.png and 2 more is not known"):
        featmatch.collect(
            photographs, tmp_path / "out", model="essential", intrinsics="exif", **QUICK
        )
    assert not (tmp_path / "out").exists()


def test_a_file_of_pairs_may_name_copies(photographs, tmp_path):
    shutil.copy(photographs / "view_0.png", photographs / "view_7.png")
    (tmp_path / "pairs.txt").write_text("view_7.png view_1.png\nview_7.png view_0.png\n")
    found = featmatch.collect(photographs, tmp_path / "out", pairs=tmp_path / "pairs.txt", **QUICK)
    assert [pair.names for pair in found.pairs] == [("view_0.png", "view_1.png")]
