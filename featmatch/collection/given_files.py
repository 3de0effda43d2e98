"""Keypoints and descriptors of any tool in `.npz` files: one for all images, or one for each."""

from __future__ import annotations

from pathlib import Path

from featmatch.collection.records import ImageEntry
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.features.archive import load_all_features
from featmatch.features.given import features_from_points
from featmatch.files import read_whole
from featmatch.npy import read_npz
from featmatch.types import Features

ARRAYS = ("keypoints", "descriptors")
"""What a file of one image has to have."""

METHOD = "given"


class GivenFeatures:
    """Features that lie in files.

    Parameters
    ----------
    path : Path
        A file of `featmatch.save_features` with the name of each image, or a folder. In a folder
        lies for each image a file of its name with ``.npz`` behind it, or in place of its ending,
        in folders as the images do, with arrays ``keypoints`` (N, 2), ``descriptors`` (N, D) and
        maybe ``scores``, ``scales`` and ``angles``, (N,): see `featmatch.features_from_points`.

    Raises
    ------
    FeaturesReadError
        There is no such file or folder, or it holds no features.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_name = None if path.is_dir() else dict(load_all_features(path))

    def read(self, image: ImageEntry) -> Features | None:
        """Read the features of an image; None if there are none of it.

        Raises
        ------
        FeaturesReadError
            They are not as described, or those of an image of another size.
        """
        if self._by_name is None:
            return self._read_file(image)
        features = self._by_name.get(image.name)
        if features is not None and features.image_size != image.size:
            width, height = features.image_size
            raise FeaturesReadError(
                f"{self._path}: its features of {image.name} are of {width} x {height} pixels, and"
                f" the photograph has {image.size[0]} x {image.size[1]}"
            )
        return features

    def _read_file(self, image: ImageEntry) -> Features | None:
        names = f"{image.name}.npz", str(Path(image.name).with_suffix(".npz"))
        for path in (self._path / name for name in names):
            if path.is_file():
                return _features_in(path, image)
        return None


def _features_in(path: Path, image: ImageEntry) -> Features:
    try:
        arrays = read_npz(read_whole(path, FeaturesReadError))
        missing = [name for name in ARRAYS if name not in arrays]
        if missing:
            raise ArgumentError(f"expected an array {missing[0]}, got {', '.join(arrays)[:80]}")
        return features_from_points(
            arrays["keypoints"],
            arrays["descriptors"],
            image.size,
            scores=arrays.get("scores"),
            scales=arrays.get("scales"),
            angles=arrays.get("angles"),
            method=METHOD,
        )
    except ValueError as error:
        raise FeaturesReadError(
            f"{path}: holds no features that can be used ({error}); save them again"
        ) from error
