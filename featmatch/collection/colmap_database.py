"""The tables of a COLMAP database, written so that its versions from 3.9 on open the file.

The six tables are those of COLMAP 3.9 with the names, types and order of their columns; newer
versions add what they need when they open the file, after which older ones refuse it. Matrices are
row by row in float64, keypoints in float32, numbers of keypoints in uint32, all little-endian.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.collection.colmap_cameras import ColmapCamera

Matrix = npt.NDArray[np.float64]

CALIBRATED, UNCALIBRATED, PLANAR_OR_PANORAMIC = 2, 3, 6
"""What COLMAP calls the relation of two images; it leaves out pairs with 0, which is undefined."""

_MAX_IMAGES = 2_147_483_647
"""What COLMAP makes the number of a pair with, from those of its two images."""

_FOR_EACH_IMAGE = """
    image_id INTEGER PRIMARY KEY NOT NULL, rows INTEGER NOT NULL, cols INTEGER NOT NULL, data BLOB,
    FOREIGN KEY(image_id) REFERENCES images(image_id) ON DELETE CASCADE"""
_FOR_EACH_PAIR = """
    pair_id INTEGER PRIMARY KEY NOT NULL, rows INTEGER NOT NULL, cols INTEGER NOT NULL, data BLOB"""
_PRIORS = ", ".join(f"prior_{name} REAL" for name in ("qw", "qx", "qy", "qz", "tx", "ty", "tz"))

_SCHEMA = f"""
CREATE TABLE cameras (
    camera_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, model INTEGER NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, params BLOB,
    prior_focal_length INTEGER NOT NULL);
CREATE TABLE images (
    image_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, name TEXT NOT NULL UNIQUE,
    camera_id INTEGER NOT NULL, {_PRIORS},
    CONSTRAINT image_id_check CHECK(image_id >= 0 and image_id < {_MAX_IMAGES}),
    FOREIGN KEY(camera_id) REFERENCES cameras(camera_id));
CREATE TABLE keypoints ({_FOR_EACH_IMAGE});
CREATE TABLE descriptors ({_FOR_EACH_IMAGE});
CREATE TABLE matches ({_FOR_EACH_PAIR});
CREATE TABLE two_view_geometries ({_FOR_EACH_PAIR},
    config INTEGER NOT NULL, F BLOB, E BLOB, H BLOB, qvec BLOB, tvec BLOB);
CREATE UNIQUE INDEX index_name ON images(name);
"""

_QUICK = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
"""Nothing can be lost: the file takes its place when all of it is written."""


@dataclass(frozen=True, eq=False)
class ColmapGeometry:
    """What relates two images, as COLMAP stores it.

    Parameters
    ----------
    config : int
        `CALIBRATED`, `UNCALIBRATED` or `PLANAR_OR_PANORAMIC`.
    fundamental, essential, homography : (3, 3) float64 or None
        Of image 0 to image 1, in COLMAP's pixels.
    """

    config: int
    fundamental: Matrix | None
    essential: Matrix | None
    homography: Matrix | None


class ColmapDatabase:
    """A new database in a file that is not there yet.

    Parameters
    ----------
    connection : sqlite3.Connection
        To the file; its caller commits and closes it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.executescript(_QUICK + _SCHEMA)
        self._connection = connection

    def add_camera(self, camera: ColmapCamera) -> int:
        """Add a camera; return its number."""
        params = _blob(np.array(camera.params), "<f8")
        prior = int(camera.prior_focal_length)
        return self._insert("cameras", None, camera.model, *camera.size, params, prior)

    def add_image(self, name: str, camera: int, keypoints: npt.NDArray[np.float32]) -> int:
        """Add an image, its camera's number and (N, 2) keypoints; return its number."""
        number = self._insert("images", None, name, camera, *(None,) * 7)
        self._insert("keypoints", number, *keypoints.shape, _blob(keypoints, "<f4"))
        return number

    def add_pair(
        self,
        images: tuple[int, int],
        indices: npt.NDArray[np.int64],
        inliers: npt.NDArray[np.bool_],
        geometry: ColmapGeometry,
    ) -> None:
        """Add the matches of two images.

        Parameters
        ----------
        images : (int, int)
            Their numbers, the lower one first.
        indices : (M, 2) int64
            Numbers of their keypoints.
        inliers : (M,) bool
            The matches that agree with the geometry.
        geometry : ColmapGeometry
        """
        pair = images[0] * _MAX_IMAGES + images[1]
        verified = indices[inliers]
        self._insert("matches", pair, *indices.shape, _blob(indices, "<u4"))
        models = (geometry.fundamental, geometry.essential, geometry.homography)
        self._insert(
            *("two_view_geometries", pair, *verified.shape, _blob(verified, "<u4")),
            geometry.config,
            *(None if model is None else _blob(model, "<f8") for model in models),
            *(None, None),
        )

    def _insert(self, table: str, *values: Any) -> int:
        places = ", ".join("?" * len(values))
        row = self._connection.execute(f"INSERT INTO {table} VALUES ({places})", values).lastrowid
        return 0 if row is None else row


def _blob(array: npt.NDArray[Any], dtype: str) -> bytes:
    return np.ascontiguousarray(array, np.dtype(dtype)).tobytes()
