"""`collect`: what is found, and what is done again after something has changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import cv2
import numpy as np
import PIL.Image
import pytest
from photograph_folders import QUICK, SAMPLES, SIZE, STEP, blank, found_in, view, write_views

import featmatch
from featmatch.collection import method, work
from featmatch.errors import ArgumentError, FeaturesReadError, OutputError, ReadError
from featmatch.features.orb import ORB
from featmatch.images.view import View

VIEWS = range(5)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A folder of five views and its results, not to be changed."""
    place = tmp_path_factory.mktemp("collected")
    return featmatch.collect(write_views(place / "photographs", *VIEWS), place / "out", **QUICK)


@pytest.fixture
def again(collected, tmp_path):
    """Copies of both folders, and what collects them again."""
    photographs, out = tmp_path / "photographs", tmp_path / "out"
    shutil.copytree(collected.folder, photographs)
    shutil.copytree(collected.out, out)
    text = (out / "collection.json").read_text()
    (out / "collection.json").write_text(text.replace(str(collected.folder), str(photographs)))

    def collect_again(**options):
        return featmatch.collect(photographs, out, **QUICK | options)

    return collect_again, photographs, out


@pytest.fixture
def worked(monkeypatch):
    """What has been worked on: names of images and pairs."""
    done = []
    extract, match = work._extract_missing, work._match_pair

    def note_image(plan, image):
        done.append(image.name)
        return extract(plan, image)

    def note_pair(plan, image0, image1, key):
        done.append((image0.name, image1.name))
        return match(plan, image0, image1, key)

    monkeypatch.setattr(work, "_extract_missing", note_image)
    monkeypatch.setattr(work, "_match_pair", note_pair)
    return done


def names_of(pairs):
    return [pair.names for pair in pairs]


def test_each_pair_is_matched_as_two_images_are(collected):
    assert len(collected.pairs) == 10
    for summary in collected.pairs:
        paths = [collected.folder / name for name in summary.names]
        result = featmatch.match(*paths, **QUICK)
        found = collected.matches(*summary.names)
        assert summary.kind == result.verdict.kind
        assert np.array_equal(found.indices, result.matches.indices)
        assert np.array_equal(found.distances, result.matches.distances)
        assert np.array_equal(collected.keypoints(paths[0].name), result.features0.keypoints)
        if summary.accepted:
            assert summary.num_inliers == result.num_inliers
            assert np.allclose(found.homography, result.homography)


def test_neighbors_overlap_as_they_were_cut(collected):
    for summary in collected.pairs:
        distance = int(summary.name1[5]) - int(summary.name0[5])
        overlap = 1 - STEP * distance / SIZE[0]
        if overlap > 0.4:
            assert summary.kind == "scene"
            assert summary.overlap == pytest.approx((overlap, overlap), abs=0.05)


def test_what_is_shown_of_it(collected):
    assert repr(collected).startswith("<Collection: 5 images read, 0 unreadable")
    assert str(collected.folder) in collected._repr_html_()
    assert collected.graph.components == (tuple(f"view_{number}.png" for number in VIEWS),)
    assert collected.groups == collected.graph.components
    assert collected.failures == ()
    assert collected.options["method"] == "orb"
    assert found_in(featmatch.Collection(collected.out)) == found_in(collected)


def test_pairs_are_asked_for_in_their_order(collected):
    with pytest.raises(ArgumentError, match="they are in the other order"):
        collected.matches("view_1.png", "view_0.png")
    with pytest.raises(ArgumentError, match="they were not matched"):
        collected.matches("view_1.png", "view_7.png")
    with pytest.raises(ArgumentError, match=r"expected an image that was read, got 'x\.png'"):
        collected.features("x.png")


def test_a_second_run_works_on_nothing(again, collected, worked):
    collect_again, _, _ = again
    told = []
    assert names_of(collect_again(progress=told.append).pairs) == names_of(collected.pairs)
    assert worked == []
    assert [one.note for one in told] == [
        "10 pairs: all pairs (5 images, no more than 200)",
        "features of 5 images used again",
        "what was found of 10 pairs used again",
    ]


def test_the_report_is_made_with_the_results_and_once(again, monkeypatch):
    collect_again, photographs, out = again
    before = (out / "graph.html").read_bytes()
    monkeypatch.setattr(
        "featmatch.collection.overview.contradicting_loops", lambda _: pytest.fail("looked again")
    )
    collect_again()
    (out / "graph.png").unlink()
    collect_again()  # what was found out is known
    assert (out / "graph.png").is_file()
    assert (out / "graph.html").read_bytes() == before
    monkeypatch.undo()
    write_views(photographs, 5)
    collect_again()
    assert (out / "graph.html").read_bytes() != before


def test_features_of_an_image_that_is_looked_at_are_found_once():
    kept = {}

    def keep(key, make):
        if key not in kept:
            kept[key] = make()
        return kept[key]

    pipeline = method._Keeping(ORB(max_keypoints=50), keep=keep)
    looked_at = [View.read(view(number)) for number in (0, 0, 1)]
    first, again, other, mirrored = map(pipeline.extract, (*looked_at, looked_at[0].mirrored()))
    assert first is again
    assert len(kept) == 3
    assert not np.array_equal(first.keypoints, mirrored.keypoints)
    assert not np.array_equal(first.keypoints, other.keypoints)


def test_a_new_photograph_costs_its_own_pairs(again, worked):
    collect_again, photographs, _ = again
    write_views(photographs, 5)
    collection = collect_again()
    assert worked[0] == "view_5.png"
    assert set(worked[1:]) == {(f"view_{number}.png", "view_5.png") for number in VIEWS}
    assert len(collection.pairs) == 15


def test_a_photograph_that_is_gone_is_left_out(again, worked):
    collect_again, photographs, _ = again
    (photographs / "view_2.png").unlink()
    collection = collect_again()
    assert worked == []
    assert len(collection.images) == 4
    assert len(collection.pairs) == 6


def test_a_photograph_that_was_replaced_is_matched_again(again, collected, worked):
    collect_again, photographs, _ = again
    shutil.copy(SAMPLES / "unrelated_0.jpg", photographs / "view_2.png")
    collection = collect_again()
    assert worked[0] == "view_2.png"
    assert all("view_2.png" in pair for pair in worked[1:])
    assert len(worked) == 5
    assert len(collection.pairs) == 10
    kept = [pair for pair in collection.pairs if "view_2.png" not in pair.names]
    assert kept == [pair for pair in collected.pairs if "view_2.png" not in pair.names]


def test_a_photograph_that_was_renamed_is_told_by_its_content(again, collected, worked):
    collect_again, photographs, _ = again
    (photographs / "view_4.png").rename(photographs / "view_9.png")
    collection = collect_again()
    assert worked == []
    renamed = [replace(pair, name1=pair.name1.replace("_4", "_9")) for pair in collected.pairs]
    assert list(collection.pairs) == renamed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "images", "pairs"),
    [
        ({"max_keypoints": 300}, 5, 10),
        ({"max_size": 250}, 5, 10),
        ({"method": "orb+sift"}, 5, 10),  # the features of orb are used again
        ({"seed": 3}, 0, 10),
        ({"model": "homography"}, 0, 10),
        ({"pairs": "FILE"}, 0, 0),
    ],
)
def test_changed_options_redo_what_depends_on_them(again, worked, tmp_path, options, images, pairs):
    collect_again, _, _ = again
    (tmp_path / "pairs.txt").write_text("view_0.png view_1.png\n")
    if "pairs" in options:
        options = {"pairs": tmp_path / "pairs.txt"}
    collection = collect_again(**options)
    assert len([one for one in worked if isinstance(one, str)]) == images
    assert len([one for one in worked if isinstance(one, tuple)]) == pairs
    assert len(collection.pairs) == 10
    before = len(worked)
    assert len(collect_again().pairs) == 10  # and back: all is there
    assert len(worked) == before


def test_features_of_the_kinds_of_a_union_are_used_again(again, monkeypatch):
    collect_again, _, _ = again
    monkeypatch.setattr("featmatch.features.orb.ORB.extract", lambda *_: pytest.fail("found again"))
    collection = collect_again(method="orb+sift")
    orb, sift = collection.features("view_0.png")
    assert (orb.method, sift.method) == ("orb", "sift")
    assert len(collection.keypoints("view_0.png")) == len(orb) + len(sift)
    record = collection.matches("view_0.png", "view_1.png")
    kinds = record.indices >= [len(orb), len(collection.features("view_1.png")[0])]
    assert (kinds[:, 0] == kinds[:, 1]).all()
    assert 0 < kinds[:, 0].sum() < len(kinds)


@pytest.mark.slow
def test_results_do_not_depend_on_the_number_of_processes(collected, tmp_path):
    two = featmatch.collect(collected.folder, tmp_path / "two", num_processes=2, **QUICK)
    assert found_in(two) == found_in(collected)


@pytest.mark.slow
def test_shards_put_together_are_the_whole(collected, tmp_path):
    folders = [tmp_path / str(number) for number in (1, 2, 3)]
    parts = [
        featmatch.collect(collected.folder, folder, shard=f"{number}/3", **QUICK)
        for number, folder in enumerate(folders, 1)
    ]
    names = [name for part in parts for name in names_of(part.pairs)]
    assert sorted(names) == names_of(collected.pairs)
    merged = featmatch.merge_collections(tmp_path / "merged", folders)
    assert found_in(merged) == found_in(collected)
    merged = featmatch.merge_collections(folders[0], folders[1:])
    assert found_in(merged) == found_in(collected)


def test_shards_of_other_options_or_photographs_are_refused(collected, tmp_path):
    other = featmatch.collect(collected.folder, tmp_path / "other", **QUICK, seed=1)
    with pytest.raises(ArgumentError, match="same options and versions"):
        featmatch.merge_collections(tmp_path / "merged", [collected.out, other.out])
    small = featmatch.collect(collected.folder, tmp_path / "small", **QUICK, max_size=200)
    with pytest.raises(ArgumentError, match="same options and versions"):
        featmatch.merge_collections(tmp_path / "merged", [collected.out, small.out])
    assert not (tmp_path / "merged").exists()


def damage(path, how):
    content = bytearray(path.read_bytes())
    if how == "truncated":
        content = content[: len(content) // 2]
    elif how == "emptied":
        content = b""
    else:
        content[len(content) // 2] ^= 16
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["truncated", "emptied", "flipped"])
def test_damaged_files_are_named_and_made_again(again, collected, worked, how):
    collect_again, _, out = again
    features = sorted((out / "features").rglob("*.npz"))[:2]
    block = next((out / "pairs").rglob("*.npz"))
    for path in (*features, block):
        damage(path, how)
    told = []
    collection = collect_again(progress=told.append)
    notes = [one.note for one in told if "damaged" in one.note]
    assert len(notes) == 3
    assert notes[0] == f"{features[0].relative_to(out)}: is damaged; made again"
    assert len([one for one in worked if isinstance(one, str)]) == 2
    assert found_in(collection)[1:] == found_in(collected)[1:]


def test_damage_that_is_noticed_late_is_found_by_the_next_run(again, collected, worked):
    collect_again, _, out = again
    path = next((out / "features").rglob("*.npz"))
    before = path.stat().st_mtime_ns
    damage(path, "flipped")
    os.utime(path, ns=(before, before))
    (out / ".checked").touch()
    collection = featmatch.Collection(out)
    with pytest.raises(FeaturesReadError, match="with the same options, makes it again"):
        found_in(collection)
    assert found_in(collect_again())[1:] == found_in(collected)[1:]
    assert len(worked) == 1


@pytest.mark.parametrize("name", ["collection.json", "images.json"])
@pytest.mark.parametrize("content", ["", "[]", '{"a": 1}'])
def test_a_damaged_index_is_made_again(again, collected, worked, name, content):
    collect_again, _, out = again
    (out / name).write_text(content)
    with pytest.raises(ReadError):
        featmatch.Collection(out)
    assert names_of(collect_again().pairs) == names_of(collected.pairs)
    assert worked == []


def test_copies_are_matched_once(tmp_path):
    photographs = write_views(tmp_path / "photographs", 0, 1)
    shutil.copy(photographs / "view_0.png", photographs / "again.png")
    collection = featmatch.collect(photographs, tmp_path / "out", **QUICK)
    assert [image.status for image in collection.images] == ["read", "copy", "read"]
    assert collection.images[1].copy_of == "again.png"
    assert names_of(collection.pairs) == [("again.png", "view_1.png")]
    assert np.array_equal(collection.keypoints("view_0.png"), collection.keypoints("again.png"))


def test_what_fails_later_is_told_and_not_tried_again(tmp_path, worked):
    photographs = write_views(tmp_path / "photographs", 0, 1)
    whole = (SAMPLES / "room_0.jpg").read_bytes()
    (photographs / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    cv2.imwrite(str(photographs / "blank.png"), blank())
    cv2.imwrite(str(photographs / "dot.png"), blank((1, 1)))
    collection = featmatch.collect(photographs, tmp_path / "out", **QUICK)
    (failure,) = collection.failures
    assert failure.name == "cut.jpg"
    assert "damaged" in failure.reason
    assert str(tmp_path) not in failure.reason
    assert len(collection.pairs) == 6
    assert worked.count("cut.jpg") == 1
    assert featmatch.collect(photographs, tmp_path / "out", **QUICK).failures == (failure,)
    assert worked.count("cut.jpg") == 1
    featmatch.collect(photographs, tmp_path / "out", **QUICK, retry_failed=True)
    assert worked.count("cut.jpg") == 2
    (photographs / "cut.jpg").write_bytes(whole)
    assert featmatch.collect(photographs, tmp_path / "out", **QUICK).failures == ()


def test_a_fault_with_one_image_does_not_stop_the_others(tmp_path, monkeypatch):
    photographs = write_views(tmp_path / "photographs", 0, 1, 2)
    extract = work._extract_missing

    def stumble(plan, image):
        if image.name == "view_1.png":
            raise IndexError("out of range")
        return extract(plan, image)

    monkeypatch.setattr(work, "_extract_missing", stumble)
    collection = featmatch.collect(photographs, tmp_path / "out", **QUICK)
    (failure,) = collection.failures
    assert failure.reason == "internal error (IndexError: out of range)"
    assert names_of(collection.pairs) == [("view_0.png", "view_2.png")]


def test_masks_of_all_names(tmp_path):
    photographs = write_views(tmp_path / "photographs", 0, 1, 2)
    masks = tmp_path / "masks"
    masks.mkdir()
    half = np.zeros(SIZE[::-1], np.uint8)
    half[:, :160] = 255
    cv2.imwrite(str(masks / "view_0.png.png"), half)  # as COLMAP has it
    cv2.imwrite(str(masks / "view_1.png"), 255 - half)
    collection = featmatch.collect(photographs, tmp_path / "out", **QUICK, masks=masks)
    assert collection.keypoints("view_0.png")[:, 0].max() < 160
    assert collection.keypoints("view_1.png")[:, 0].min() > 159
    assert np.ptp(collection.keypoints("view_2.png")[:, 0]) > 200
    with pytest.raises(ReadError, match="has no mask of an image"):
        featmatch.collect(photographs, tmp_path / "out", **QUICK, masks=photographs.parent)


def test_cameras_take_part(again, collected, worked):
    collect_again, _, _ = again
    collection = collect_again(intrinsics=(300, 159.5, 119.5), model="essential")
    assert len(worked) == 10
    assert names_of(collection.pairs) == names_of(collected.pairs)
    assert {pair.model for pair in collection.pairs} <= {"essential", "none"}
    collect_again(intrinsics="exif")  # none of the files has any
    assert len(worked) == 10


def test_the_camera_of_turned_photographs_is_exported_for_upright_copies_alone(tmp_path):
    (tmp_path / "photographs").mkdir()
    for number in (0, 1):
        stored = PIL.Image.fromarray(view(number)).rotate(90, expand=True)
        exif = stored.getexif()
        exif[0x0112] = 6  # to be turned back by a quarter
        stored.save(tmp_path / f"photographs/{number}.jpg", exif=exif, quality=95)
    camera = (300, 159.5, 119.5)
    out = tmp_path / "out"
    collection = featmatch.collect(tmp_path / "photographs", out, **QUICK, intrinsics=camera)
    models = {}
    for pixels in ("upright", "stored"):
        collection.export_colmap(tmp_path / f"{pixels}.db", pixels=pixels)
        with closing(sqlite3.connect(tmp_path / f"{pixels}.db")) as database:
            models[pixels] = database.execute("SELECT model, width, params FROM cameras").fetchall()
    pinhole, *others = models["upright"]
    assert not others
    assert pinhole[:2] == (1, 320)
    np.testing.assert_array_equal(np.frombuffer(pinhole[2]), (300, 300, 160, 120))
    assert {row[:2] for row in models["stored"]} == {(2, 240)}  # SIMPLE_RADIAL, guessed


def test_time_that_is_up_ends_the_work(collected, tmp_path):
    told = []
    begun = featmatch.collect(
        collected.folder, tmp_path / "out", **QUICK, max_minutes=0, progress=told.append
    )
    assert begun.pairs == ()
    assert any(one.note.startswith("stopped after 0 minutes") for one in told)
    whole = featmatch.collect(collected.folder, tmp_path / "out", **QUICK)
    assert found_in(whole) == found_in(collected)


def test_results_may_lie_among_the_photographs(tmp_path, worked):
    photographs = write_views(tmp_path / "photographs", 0, 1)
    for _ in range(2):
        collection = featmatch.collect(photographs, photographs / "out", **QUICK)
        assert [image.name for image in collection.images] == ["view_0.png", "view_1.png"]
    assert len(worked) == 3


def test_folders_that_cannot_be_taken(collected, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="has no photographs"):
        featmatch.collect(tmp_path / "empty", tmp_path / "out", **QUICK)
    with pytest.raises(ReadError, match="give the name of a folder"):
        featmatch.collect(tmp_path / "missing", tmp_path / "out", **QUICK)
    photographs = write_views(tmp_path / "photographs", 0, 1)
    with pytest.raises(ArgumentError, match="which holds those of"):
        featmatch.collect(photographs, collected.out, **QUICK)
    with pytest.raises(ArgumentError, match="another folder than that of the photographs"):
        featmatch.collect(photographs, photographs, **QUICK)
    with pytest.raises(ArgumentError, match=r"which holds photographs|which holds empty"):
        featmatch.collect(photographs, tmp_path, **QUICK)
    with pytest.raises(OutputError):
        featmatch.collect(photographs, photographs / "view_0.png", **QUICK)
    with pytest.raises(ReadError, match="holds no collection"):
        featmatch.Collection(photographs)


@pytest.mark.parametrize(
    "options",
    [
        {"method": "orb+orb"},
        {"method": "orb+none"},
        {"method": 3},
        {"shard": "3/2"},
        {"shard": "1"},
        {"num_processes": 0},
        {"memory": 0},
        {"neighbors": 0},
        {"pairs": "some"},
    ],
)
def test_arguments_are_checked(collected, tmp_path, options):
    with pytest.raises(ArgumentError):
        featmatch.collect(collected.folder, tmp_path / "out", **QUICK | options)


@pytest.mark.slow
def test_methods_without_a_codebook_look_for_alike_images_by_sift(tmp_path, worked):
    photographs = write_views(tmp_path / "photographs", *VIEWS)
    for number in VIEWS:
        cv2.imwrite(str(photographs / f"x{number}.png"), view(number, seed=9))
    options = QUICK | {"pairs": "retrieval", "neighbors": 2}
    collection = featmatch.collect(photographs, tmp_path / "out", **options)
    alike = {(pair.name0[0], pair.name1[0]) for pair in collection.pairs if pair.accepted}
    assert alike == {("v", "v"), ("x", "x")}
    assert 8 <= len(collection.pairs) < 45
    done = len(worked)
    again = featmatch.collect(photographs, tmp_path / "out", **options)
    assert (len(worked), names_of(again.pairs)) == (done, names_of(collection.pairs))


def test_one_image_has_no_pairs(tmp_path):
    collection = featmatch.collect(
        write_views(tmp_path / "photographs", 0), tmp_path / "out", **QUICK
    )
    assert len(collection.images) == 1
    assert collection.pairs == ()
