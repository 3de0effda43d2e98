"""A collection as a COLMAP database: https://colmap.github.io/database.html.

What differs from featmatch: the center of the top-left pixel is (0.5, 0.5), and images are read as
they are stored, whatever the orientation in their EXIF.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from featmatch.checks import check_choice, check_path
from featmatch.collection.colmap_cameras import (
    HALF_PIXEL,
    CameraSharing,
    ColmapCamera,
    camera_matrix_of,
    cameras_of,
)
from featmatch.collection.colmap_database import (
    CALIBRATED,
    PLANAR_OR_PANORAMIC,
    UNCALIBRATED,
    ColmapDatabase,
    ColmapGeometry,
)
from featmatch.collection.contents import CollectionContents
from featmatch.collection.exported import (
    Exported,
    check_names,
    count_exported,
    exported_images,
    exported_pairs,
    kept_counts,
    kept_keypoints,
    matches_to_map,
)
from featmatch.collection.records import ImageEntry, PairRecord
from featmatch.collection.stored_pixels import (
    PIXELS,
    Matrix,
    Pixels,
    from_upright,
    moved_fundamental,
    moved_homography,
    moved_points,
)
from featmatch.errors import OutputError
from featmatch.files import UnfinishedFiles, reason_of
from featmatch.images.camera import read_intrinsics

_LEFT_BY_SQLITE = ("-journal", "-wal", "-shm")
"""Endings of files beside a database that is open, or that a program left when it was ended."""


@dataclass(frozen=True, eq=False)
class _Placed:
    """An image in the database: its number, its camera, and where its pixels lie there."""

    number: int
    camera: ColmapCamera
    matrix: Matrix


def export_colmap(
    collection: CollectionContents,
    path: str | os.PathLike[str],
    *,
    cameras: CameraSharing = "auto",
    intrinsics: npt.ArrayLike | str | os.PathLike[str] | None = None,
    parts: bool = False,
    pixels: Pixels = "stored",
) -> Exported:
    """Write the keypoints and the verified matches of a collection as a COLMAP database.

    COLMAP's mappers take it as it is: ``colmap mapper --database_path PATH --image_path FOLDER
    --output_path MODELS``. Opening it with a newer COLMAP changes the file, and older ones refuse
    it from then on: give each its own copy.

    Parameters
    ----------
    collection : CollectionContents
    path : str or path
        A file that is there is replaced.
    cameras : {"auto", "single", "folder", "image"}
        Which photographs share a camera; see `featmatch.collection.colmap_cameras.cameras_of`.
    intrinsics : array_like, str or path, optional
        The camera of all images, in any of the forms of `featmatch.match`'s `camera` but
        ``"exif"``, in pixels of the images as they are written. None takes the focal lengths in
        EXIF, or a guess.
    parts : bool
        Also write the pairs of images that share one thing alone, such as a logo.
    pixels : {"stored", "upright"}
        As COLMAP reads the photographs of the folder, or upright: for copies of them that were
        turned as their EXIF says.

    Returns
    -------
    Exported

    Raises
    ------
    ArgumentError
        Images that are to share a camera differ in size, `intrinsics` are none or of another size,
        or a name is no text.
    OutputError
        The file cannot be written.
    """
    check_choice("pixels", pixels, PIXELS)
    images = exported_images(collection)
    check_names([image.name for image in images], "COLMAP")
    given = None if intrinsics is None else read_intrinsics(intrinsics)
    different, camera_of = cameras_of(images, sharing=cameras, intrinsics=given, pixels=pixels)
    pairs = exported_pairs(collection, parts=parts)
    keypoints, counts = kept_keypoints(collection), kept_counts(collection)
    _check_closed(path)
    with UnfinishedFiles() as files:
        try:
            with closing(sqlite3.connect(files.reserve(path))) as connection:
                database = ColmapDatabase(connection)
                rows = [database.add_camera(camera) for camera in different]
                placed = {}
                for image, camera in zip(images, camera_of, strict=True):
                    matrix = colmap_pixels(image, pixels)
                    points = moved_points(keypoints(image.name), matrix)
                    number = database.add_image(image.name, rows[camera], points)
                    placed[image.name] = _Placed(number, different[camera], matrix)
                for pair in pairs:
                    record = collection.matches(*pair.names)
                    inliers = matches_to_map(keypoints, counts, record)
                    first, second = (placed[name] for name in pair.names)
                    geometry = _geometry(record, first, second, calibrated=given is not None)
                    numbers = first.number, second.number
                    database.add_pair(numbers, record.indices, inliers, geometry)
                connection.commit()
        except sqlite3.Error as error:
            raise OutputError(
                f"{path}: cannot be written ({reason_of(error)}); choose another place"
            ) from error
        files.finish()
    return count_exported(collection, pairs, len(different))


def colmap_pixels(image: ImageEntry, pixels: Pixels) -> Matrix:
    """Return the (3, 3) map of the upright image to COLMAP's pixels."""
    shift = np.array([(1, 0, HALF_PIXEL), (0, 1, HALF_PIXEL), (0, 0, 1)])
    return shift @ from_upright(image, pixels)


def _geometry(
    record: PairRecord, first: _Placed, second: _Placed, *, calibrated: bool
) -> ColmapGeometry:
    """Bring the models of a pair into COLMAP's pixels, and say which of them tells most."""
    fundamental, essential, homography = record.fundamental, None, record.homography
    if fundamental is not None:
        fundamental = moved_fundamental(fundamental, first.matrix, second.matrix)
        if calibrated:
            essential = _essential(fundamental, first.camera, second.camera)
    if homography is not None:
        homography = moved_homography(homography, first.matrix, second.matrix)
    config = UNCALIBRATED if essential is None else CALIBRATED
    if fundamental is None and homography is not None:
        config = PLANAR_OR_PANORAMIC
    return ColmapGeometry(config, fundamental, essential, homography)


def _essential(fundamental: Matrix, camera0: ColmapCamera, camera1: ColmapCamera) -> Matrix:
    """Return the essential matrix next to what a fundamental matrix and two cameras give.

    Hartley & Zisserman, "Multiple View Geometry", section 9.6: two equal singular values, and 0.
    """
    left, _, right = np.linalg.svd(
        camera_matrix_of(camera1).T @ fundamental @ camera_matrix_of(camera0)
    )
    essential: Matrix = left @ np.diag((1.0, 1.0, 0.0)) @ right
    return essential


def _check_closed(path: str | os.PathLike[str]) -> None:
    """Refuse a place beside which files of an open database lie: they would change the new one."""
    for ending in _LEFT_BY_SQLITE:
        beside = Path(check_path("path", path) + ending)
        if beside.exists():
            raise OutputError(
                f"{beside}: a program has this database open, or left it unfinished; close it, or"
                " choose another name"
            )
