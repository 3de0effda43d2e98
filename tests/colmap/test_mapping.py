"""Every COLMAP since 3.9 makes a model of the database that is exported.

They run with the extra ``colmap``, and with any other pycolmap from 0.6.1 on:
``pip install -e .[colmap]; pytest tests/colmap``.
"""

from __future__ import annotations

import shutil

import pytest
from fake_collection import CAMERA, FOCAL_LENGTH, scene

from featmatch.collection.colmap import export_colmap

pycolmap = pytest.importorskip("pycolmap")


def largest_model(database, folder):
    """The largest model of a copy, as opening it changes it.

    Beside the model of all images there may be a useless one of two.
    """
    copy = shutil.copy(database, folder / "copy.db")
    (folder / "models").mkdir()
    options = pycolmap.IncrementalPipelineOptions()
    options.min_model_size = 3
    options.extract_colors = False
    found = pycolmap.incremental_mapping(copy, folder, folder / "models", options)
    return max(found.values(), key=lambda model: model.num_reg_images())


@pytest.mark.parametrize("orientations", [(1, 1, 1, 1), (1, 3, 6, 8, 1)])
def test_all_images_are_mapped(tmp_path, orientations):
    """Turned photographs too: their points lie where COLMAP reads them."""
    export_colmap(scene(orientations), tmp_path / "a.db")
    model = largest_model(tmp_path / "a.db", tmp_path)
    assert model.num_reg_images() == len(orientations)
    assert model.num_points3D() > 390
    assert model.compute_mean_reprojection_error() < 0.05
    for camera in model.cameras.values():
        assert camera.mean_focal_length() == pytest.approx(FOCAL_LENGTH, rel=0.01)


def test_with_given_intrinsics(tmp_path):
    export_colmap(scene((1, 3, 1, 3)), tmp_path / "a.db", intrinsics=CAMERA)
    model = largest_model(tmp_path / "a.db", tmp_path)
    assert model.num_reg_images() == 4
    assert model.compute_mean_reprojection_error() < 0.05
    (camera,) = model.cameras.values()
    assert list(camera.params[2:]) == [450, 300]
