"""COLMAP reads in the database what was written.

They run with the extra ``colmap``: ``pip install -e .[colmap]; pytest tests/colmap``.
"""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from fake_collection import scene
from PIL import Image

from featmatch.collection.colmap import export_colmap

pycolmap = pytest.importorskip("pycolmap")

ORIENTATION = 0x0112

pytestmark = pytest.mark.skipif(
    not hasattr(pycolmap.Database, "read_two_view_geometries"),
    reason="this pycolmap reads too little",
)


def copy(path):
    """Opening a database changes it, so COLMAP gets a copy."""
    return shutil.copy(path, path.with_name(f"opened {path.name}"))


def test_it_is_read_as_it_was_written(tmp_path):
    collection = scene()
    export_colmap(collection, tmp_path / "a.db")
    with pycolmap.Database.open(copy(tmp_path / "a.db")) as database:
        images = database.read_all_images()
        assert [image.name for image in images] == [image.name for image in collection.images]
        camera = database.read_camera(images[0].camera_id)
        assert (camera.model.name, camera.width, camera.height) == ("SIMPLE_RADIAL", 900, 600)
        assert camera.has_prior_focal_length
        assert database.num_verified_image_pairs() == 6
        keypoints = database.read_keypoints(images[2].image_id)
        written = collection.keypoints(images[2].name) + 0.5
        np.testing.assert_array_equal(np.asarray(keypoints)[:, :2], written)
        pair = images[0].image_id, images[3].image_id
        record = collection.matches(images[0].name, images[3].name)
        np.testing.assert_array_equal(database.read_matches(*pair), record.indices)
        geometry = database.read_two_view_geometry(*pair)
        assert geometry.config == int(pycolmap.TwoViewGeometryConfiguration.UNCALIBRATED)
        found = np.asarray(geometry.inlier_matches)
        np.testing.assert_array_equal(found, record.indices[record.inliers])


def test_a_turned_photograph_is_read_as_it_is_stored(tmp_path):
    """What the export takes for granted."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.new("RGB", (90, 60)).save(tmp_path / "a.jpg", exif=exif)
    bitmap = pycolmap.Bitmap.read(tmp_path / "a.jpg", as_rgb=True)
    assert bitmap.to_array().shape[:2] == (60, 90)
