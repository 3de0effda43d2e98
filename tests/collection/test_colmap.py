"""The database of COLMAP, as SQLite alone reads it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from fake_collection import (
    CAMERA,
    WRONG,
    FakeCollection,
    described,
    image_entry,
    scene,
    summary,
)

from featmatch import ArgumentError, OutputError
from featmatch.collection.colmap import export_colmap
from featmatch.collection.exported import Exported
from featmatch.geometry.residuals import epipolar_residuals, transfer

MAX_IMAGES = 2147483647
ALL = tuple(range(1, 9))


def rows(path, query):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def keypoints(path):
    found = rows(path, "SELECT image_id, rows, cols, data FROM keypoints")
    return {
        image: np.frombuffer(data, "<f4").reshape(num, width) for image, num, width, data in found
    }


def pairs(path, table="two_view_geometries", columns="pair_id, rows, cols, data"):
    for pair, num, width, data, *rest in rows(path, f"SELECT {columns} FROM {table}"):
        images = divmod(pair, MAX_IMAGES)
        yield images, np.frombuffer(data, "<u4").reshape(num, width), *rest


def matrix(data):
    return None if data is None else np.frombuffer(data, "<f8").reshape(3, 3)


def test_keypoints_have_the_half_pixel(tmp_path):
    collection = scene()
    export_colmap(collection, tmp_path / "a.db")
    found = keypoints(tmp_path / "a.db")
    assert list(found) == [1, 2, 3, 4]
    for number, image in enumerate(collection.images, 1):
        np.testing.assert_array_equal(found[number], collection.keypoints(image.name) + 0.5)
    names = rows(tmp_path / "a.db", "SELECT name FROM images ORDER BY image_id")
    assert names == [(image.name,) for image in collection.images]


def test_columns_that_old_and_new_versions_open(tmp_path):
    export_colmap(scene(), tmp_path / "a.db")
    assert rows(tmp_path / "a.db", "PRAGMA user_version") == [(0,)]
    columns = [name for _, name, *_ in rows(tmp_path / "a.db", "PRAGMA table_info(images)")]
    priors = [f"prior_{name}" for name in ("qw", "qx", "qy", "qz", "tx", "ty", "tz")]
    assert columns == ["image_id", "name", "camera_id", *priors]
    tables = {name for (name,) in rows(tmp_path / "a.db", "SELECT name FROM sqlite_master")}
    core = {"cameras", "images", "keypoints", "descriptors", "matches", "two_view_geometries"}
    assert core < tables


def test_models_fit_the_points_that_are_written_in_every_orientation(tmp_path):
    """Points that were shifted or turned without their model would lie off their lines."""
    path = tmp_path / "a.db"
    export_colmap(scene(ALL), path)
    points = keypoints(path)
    columns = "pair_id, rows, cols, data, config, F, E, H"
    num_pairs = 0
    for (first, second), verified, config, fundamental, essential, homography in pairs(
        path, columns=columns
    ):
        matched = points[first][verified[:, 0]], points[second][verified[:, 1]]
        assert epipolar_residuals(matrix(fundamental), *matched).max() < 1e-2
        assert (config, essential, homography) == (3, None, None)
        num_pairs += 1
    assert num_pairs == 28
    sizes = rows(path, "SELECT width, height FROM cameras ORDER BY camera_id")
    assert sizes == [(900, 600), (600, 900)]
    turned = rows(path, "SELECT camera_id FROM images ORDER BY image_id")
    assert [camera for (camera,) in turned] == [1] * 4 + [2] * 4
    for image, found in points.items():
        limits = (900, 600) if image <= 4 else (600, 900)
        assert ((found > 0) & (found < limits)).all()


def test_all_matches_are_written_and_the_inliers_once_more(tmp_path):
    collection = scene()
    export_colmap(collection, tmp_path / "a.db")
    every = dict(pairs(tmp_path / "a.db", "matches"))
    verified = dict(pairs(tmp_path / "a.db"))
    assert len(every) == len(verified) == 6
    for (first, second), indices in every.items():
        assert first < second
        names = collection.images[first - 1].name, collection.images[second - 1].name
        record = collection.matches(*names)
        np.testing.assert_array_equal(indices, record.indices)
        np.testing.assert_array_equal(verified[first, second], record.indices[record.inliers])


def with_models(collection, **changes):
    """The collection with other models of all pairs."""
    model = changes.pop("model", "fundamental")
    records = {
        names: replace(record, summary=replace(record.summary, model=model), **changes)
        for names, record in collection.records.items()
    }
    return FakeCollection(collection.images, collection.kinds, records)


@pytest.mark.parametrize("model", ["homography", "affine", "similarity"])
def test_a_plane_alone_is_planar(tmp_path, model):
    homography = np.array([(1, 0.1, 5), (0, 1.2, 3), (1e-5, 0, 1)])
    collection = with_models(scene(), model=model, fundamental=None, homography=homography)
    export_colmap(collection, tmp_path / "a.db")
    points = np.array([(0, 0), (100, 200.0)])
    for _, _, config, fundamental, written in pairs(
        tmp_path / "a.db", columns="pair_id, rows, cols, data, config, F, H"
    ):
        assert (config, fundamental) == (6, None)
        moved = transfer(matrix(written), points + 0.5)
        np.testing.assert_allclose(moved, transfer(homography, points) + 0.5)


def test_no_pair_is_undefined(tmp_path):
    export_colmap(with_models(scene(), fundamental=None), tmp_path / "a.db")
    assert rows(tmp_path / "a.db", "SELECT DISTINCT config FROM two_view_geometries") == [(3,)]


def test_where_depth_is_plausible_its_inliers_are_written(tmp_path):
    """The points off the plane that was chosen tell about depth."""
    whole = scene()
    homography = np.eye(3)
    few = {names: record.inliers & False for names, record in whole.records.items()}
    records = {}
    for names, record in whole.records.items():
        chosen = few[names].copy()
        chosen[WRONG] = True  # one point, which the map misses by pixels: a bound that lines keep
        records[names] = replace(
            record,
            summary=replace(record.summary, model="homography"),
            homography=homography,
            inliers=chosen,
        )
    export_colmap(FakeCollection(whole.images, whole.kinds, records), tmp_path / "a.db")
    for _, verified in pairs(tmp_path / "a.db"):
        assert len(verified) >= 395
    configs = rows(tmp_path / "a.db", "SELECT DISTINCT config FROM two_view_geometries")
    assert configs == [(3,)]


def test_given_intrinsics_make_essential_matrices(tmp_path):
    export_colmap(scene(), tmp_path / "a.db", intrinsics=CAMERA, cameras="single")
    points = keypoints(tmp_path / "a.db")
    half = np.array([(0, 0, 0.5), (0, 0, 0.5), (0, 0, 0)])
    inverse = np.linalg.inv(CAMERA + half)
    columns = "pair_id, rows, cols, data, config, E"
    for (first, second), verified, config, essential in pairs(tmp_path / "a.db", columns=columns):
        assert config == 2
        values = np.linalg.svd(matrix(essential), compute_uv=False)
        np.testing.assert_allclose(values, (1, 1, 0), atol=1e-12)
        matched = points[first][verified[:, 0]], points[second][verified[:, 1]]
        fundamental = inverse.T @ matrix(essential) @ inverse
        assert epipolar_residuals(fundamental, *matched).max() < 1e-2


def test_parts_copies_and_failures_are_left_out(tmp_path):
    collection = scene()
    names = [image.name for image in collection.images]
    kinds = {(names[0], names[1]): "part", (names[2], names[3]): "none"}
    for pair, kind in kinds.items():
        record = collection.records[pair]
        collection.records[pair] = replace(record, summary=summary(pair, kind=kind))
    collection.images += [
        image_entry("copy.jpg", status="copy", copy_of=names[0]),
        image_entry("broken.jpg", status="unreadable", size=(0, 0)),
    ]
    written = export_colmap(collection, tmp_path / "a.db")
    assert written == Exported(4, 4, num_parts_left_out=1, num_cameras=1)
    assert len(list(pairs(tmp_path / "a.db"))) == 4
    written = export_colmap(collection, tmp_path / "a.db", parts=True)
    assert written == Exported(4, 5, num_parts_left_out=0, num_cameras=1)
    assert rows(tmp_path / "a.db", "SELECT count(*) FROM images") == [(4,)]


def test_two_kinds_of_features_are_one_table(tmp_path):
    collection = scene(two_kinds=True)
    export_colmap(collection, tmp_path / "a.db")
    name = collection.images[0].name
    np.testing.assert_array_equal(keypoints(tmp_path / "a.db")[1], collection.keypoints(name) + 0.5)


@pytest.mark.parametrize("num_first", [40, 160])
def test_of_many_matches_of_a_second_kind_the_most_exact_are_written(tmp_path, num_first):
    """Those of the first kind are exact, the others up to a pixel off."""
    collection = scene(orientations=(1, 1))
    rng = np.random.default_rng(0)
    for name, (features,) in collection.kinds.items():
        first, others = np.split(features.keypoints, [num_first])
        others = others + rng.uniform(-1, 1, others.shape).astype(np.float32)
        collection.kinds[name] = described(first), described(others)
    ((names, record),) = collection.records.items()
    export_colmap(collection, tmp_path / "a.db")
    ((_, verified),) = pairs(tmp_path / "a.db")
    written = np.isin(record.indices[:, 0], verified[:, 0])
    is_first = record.indices[:, 0] < num_first
    np.testing.assert_array_equal(written[is_first], record.inliers[is_first])
    exact = written & is_first
    assert (written & ~is_first).sum() == max(100, round(1.5 * exact.sum()))
    rows0, rows1 = record.indices.T
    points = collection.keypoints(names[0])[rows0], collection.keypoints(names[1])[rows1]
    residuals = epipolar_residuals(record.fundamental, *points)
    left = record.inliers & ~written
    assert residuals[written & ~is_first].max() <= residuals[left].min()


def test_the_same_collection_gives_the_same_bytes(tmp_path):
    for name in ("a.db", "b.db"):
        export_colmap(scene(), tmp_path / name)
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.db", "b.db"}


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_a_database_that_is_open_is_not_replaced(tmp_path, ending):
    (tmp_path / "a.db").write_bytes(b"earlier")
    (tmp_path / f"a.db{ending}").touch()
    with pytest.raises(OutputError, match="has this database open"):
        export_colmap(scene(), tmp_path / "a.db")
    assert (tmp_path / "a.db").read_bytes() == b"earlier"


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "a.db").write_bytes(b"earlier")
    collection = scene()
    monkeypatch.setattr(collection, "matches", lambda *names: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_colmap(collection, tmp_path / "a.db")
    with pytest.raises(OutputError, match="no folder"):
        export_colmap(scene(), tmp_path / "missing" / "a.db")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"earlier"]


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("featmatch.collection.colmap.ColmapDatabase", full)
    with pytest.raises(OutputError, match=r"a\.db: cannot be written \(database or disk is full\)"):
        export_colmap(scene(), tmp_path / "a.db")
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_no_text(tmp_path):
    name = b"caf\xe9.jpg".decode("utf-8", "surrogateescape")
    collection = FakeCollection([image_entry(name)], {}, {})
    with pytest.raises(ArgumentError, match="needs names in UTF-8"):
        export_colmap(collection, tmp_path / "a.db")


def test_an_empty_collection(tmp_path):
    assert export_colmap(FakeCollection([], {}, {}), tmp_path / "a.db") == Exported(0, 0, 0, 0)


@pytest.mark.parametrize("options", [{"cameras": "all"}, {"pixels": "raw"}])
def test_unknown_words(tmp_path, options):
    with pytest.raises(ArgumentError, match="expected one of"):
        export_colmap(scene(), tmp_path / "a.db", **options)
