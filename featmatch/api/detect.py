"""One image in: its keypoints."""

from __future__ import annotations

from os import PathLike

from featmatch.images.image import Image, ImageSource
from featmatch.images.view import Reading, View
from featmatch.methods import method_named, with_options
from featmatch.pipeline import Pipeline
from featmatch.types import Features


def detect(
    image: ImageSource | Image,
    *,
    method: str | Pipeline = "orb",
    mask: ImageSource | None = None,
    max_size: int = 1600,
    max_keypoints: int | None = None,
    weights: str | PathLike[str] | None = None,
    exif: str = "apply",
) -> Features:
    """Find the keypoints of one image and describe them.

    Parameters
    ----------
    image : path, ndarray, PIL.Image.Image or Image
        See `read_image`.
    method : str or Pipeline
        A name in `METHODS`, or a pipeline of your own.
    mask : path, ndarray or PIL.Image.Image, optional
        Where keypoints may lie: nonzero = use. None uses all.
    max_size : int
        Limit to the long side in pixels of the image worked on; 0 turns resizing off.
    max_keypoints : int, optional
        The most keypoints. None leaves the method's default.
    weights : path, optional
        A file that `featmatch.train` wrote, for the learned methods in place of the weights that
        come with the package.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.

    Returns
    -------
    Features
        In pixels of the original image; possibly none.

    Raises
    ------
    ArgumentError
        An argument is not as described.
    ImageReadError
        A file is not a readable image.
    MissingExtraError
        The method needs a package that is not installed.
    WeightsError
        The file of weights is missing, damaged or of another network.
    """
    changes = {"max_keypoints": max_keypoints, "weights": weights}
    pipeline = with_options(method_named(method), changes)
    pipeline.check_available()
    return pipeline.extract(View.read(image, mask=mask, reading=Reading(max_size, exif)))
