"""Compare hand-engineered features with learned ones, on images of your own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from os import PathLike
from pathlib import Path

import numpy.typing as npt

from featmatch.api.match import match
from featmatch.checks import check_flag, check_seed
from featmatch.compare.changes import MAX_KEYPOINTS, Apart, begin_changes
from featmatch.compare.comparison import Comparison
from featmatch.compare.contenders import contenders, find_features
from featmatch.compare.contrast import Contrast, measure_spread, measure_swap
from featmatch.compare.estimated_pair import estimated_pair
from featmatch.compare.feature_maps import measure_feature_maps
from featmatch.compare.fields import measure_receptive_fields
from featmatch.compare.followed import follow_points
from featmatch.compare.headline import images_without_points
from featmatch.compare.map_networks import map_networks
from featmatch.compare.methods import measure_methods
from featmatch.compare.pair import Pair, given_pair, read_homography, sample_pair, warped_pair
from featmatch.compare.verdict import put_in_words
from featmatch.errors import ArgumentError
from featmatch.images.image import Image, ImageSource, read_image
from featmatch.learned.network.weights import SHIPPED, load_network
from featmatch.threads import one_blas_thread
from featmatch.version import __version__

Progress = Callable[[str, float], None]


@one_blas_thread()
def compare_cnn(
    image0: ImageSource | Image | None = None,
    image1: ImageSource | Image | None = None,
    *,
    homography: npt.ArrayLike | str | PathLike[str] | None = None,
    weights: str | PathLike[str] | None = None,
    max_keypoints: int = 1000,
    quick: bool = False,
    max_size: int = 640,
    seed: int = 0,
    exif: str = "apply",
    progress: Progress | None = None,
    apart: Apart | None = None,
) -> Comparison:
    """Compare hand-engineered features with learned ones: ORB and SIFT with the network.

    All get the same number of keypoints, the same border, and one rule by which keypoints are
    chosen: the strongest ones at distinct positions. Each is matched at its own usual ratio.

    Parameters
    ----------
    image0 : path, ndarray, PIL.Image.Image or Image, optional
        None takes the pair of images that comes with the package.
    image1 : path, ndarray, PIL.Image.Image or Image, optional
        Another view of what image 0 shows. None makes one by a warp that is known exactly.
    homography : (3, 3) float or path, optional
        Maps image 0 to image 1, in pixels of the originals; as numbers, or a file of them (see
        `read_homography`). None has the geometry of two images estimated, by the steps of
        `featmatch.match`.
    weights : path, optional
        A file that `featmatch.train` wrote; None takes the network that comes with the package.
    max_keypoints : int
        The most keypoints of each method in an image, from 1 to 20,000. Under change, on smaller
        images, it is at most 500.
    quick : bool
        Look at fewer changes, and less closely at the feature maps.
    max_size : int
        Limit to the long side in pixels of the images worked on; 0 turns resizing off.
    seed : int
        Of all that is drawn at random. The same inputs, options and seed give the same numbers.
    exif : {"apply", "ignore"}
        Whether files are turned upright as their EXIF orientation says.
    progress : callable, optional
        Called with the name of a part of the work, one of `PARTS`, and the share of it that is
        done, from 0 to 1.
    apart : callable, optional
        Takes a function without arguments, which can be pickled, and returns one for its result, so
        that another process may do the work meanwhile. Called with parts that need nothing of the
        others, when nothing is timed any more. None does all in this process.

    Returns
    -------
    Comparison
        Blank images, images that have nothing in common, images that are too small for a method:
        ordinary results with small numbers or none, of which the verdict tells.

    Raises
    ------
    ValueError, TypeError
        An argument is not as described, or image 1 or a homography is given without the images
        before it.
    ImageReadError
        A file is not a readable image.
    FeatmatchError
        A file holds no homography.
    WeightsError
        The file of weights is missing, damaged or of another network.

    Examples
    --------
    >>> import featmatch
    >>> comparison = featmatch.compare_cnn("samples/room_0.jpg", quick=True)
    >>> [method.name for method in comparison.contrast.methods]
    ['orb', 'sift', 'cnn']
    """
    check_seed(seed)
    check_flag("quick", quick)
    _check_given(image0, image1, homography)
    network = load_network(weights)
    all_contenders = contenders(max_keypoints, weights)
    seconds: dict[str, float] = {}
    part = _parts(seconds, progress)
    with part("geometry"):
        sources = [source for source in (image0, image1) if source is not None]
        images = [
            read_image(source, max_size=max_size, exif=exif, argument=name)
            for source, name in zip(sources, ("image0", "image1"), strict=False)
        ]
        pair = _known_pair(images, homography, seed) or estimated_pair(
            (images[0], images[1]), match(*sources, seed=seed, exif=exif)
        )
    with part("features"):
        # Timed: nothing else is done before it has ended.
        found = find_features(pair, all_contenders, num_runs=1 if quick else 2)
        empty = images_without_points([tuple(map(len, one.features)) for one in found.values()])
        closely = not quick and not empty
        spread = partial(measure_spread, pair, all_contenders, seed=seed)
        in_spread = apart(spread) if apart else spread
        few = contenders(min(max_keypoints, MAX_KEYPOINTS), weights)
        changing = begin_changes(
            pair.image0, () if empty else few, quick=not closely, seed=seed, apart=apart
        )
    with part("contrast") as tell:
        methods = measure_methods(pair, all_contenders, found, seed=seed, progress=tell)
    with part("swap"):
        swap = measure_swap(pair, all_contenders, found, methods, seed=seed)
    with part("feature maps"):
        orb, learned = found["orb"].features[0], found["cnn"].features[0]
        feature_maps = measure_feature_maps(
            network, pair.image0, orb, learned, quick=not closely, seed=seed
        )
        followed = follow_points(pair, network, all_contenders, found)
    with part("receptive fields"):
        fields = measure_receptive_fields(network, pair.image0, quick=not closely, seed=seed)
    with part("changes") as tell:
        changes = changing(tell)
    with part("spread"):
        told = in_spread()
    contrast = Contrast(max_keypoints=max_keypoints, methods=methods, swap=swap, spread=told)
    return Comparison(
        version=__version__,
        seed=seed,
        quick=quick,
        weights=Path(weights or SHIPPED).name,
        pair=pair,
        verdict=put_in_words(pair, contrast, changes, feature_maps),
        contrast=contrast,
        changes=changes,
        feature_maps=feature_maps,
        receptive_fields=fields,
        followed=followed,
        seconds=seconds,
        networks=map_networks(network),
    )


def _check_given(image0: object, image1: object, homography: object) -> None:
    if image1 is not None and image0 is None:
        raise ArgumentError("image1: expected it together with image0, got it alone")
    if homography is not None and image1 is None:
        raise ArgumentError("homography: expected it together with two images, got fewer")


def _known_pair(
    images: list[Image],
    homography: npt.ArrayLike | str | PathLike[str] | None,
    seed: int,
) -> Pair | None:
    """Tell how none, one or two images relate; None if that has to be estimated."""
    if not images:
        return sample_pair()
    if len(images) == 1:
        return warped_pair(images[0], seed)
    if homography is None:
        return None
    if isinstance(homography, str | PathLike):
        homography = read_homography(homography)
    return given_pair(images[0], images[1], homography)


def _parts(
    seconds: dict[str, float], progress: Progress | None
) -> Callable[[str], AbstractContextManager[Callable[[float], None]]]:
    """Return what times each part of the work, and tells of its beginning and its end."""

    @contextmanager
    def part(name: str) -> Iterator[Callable[[float], None]]:
        def tell(done: float) -> None:
            if progress:
                progress(name, done)

        tell(0.0)
        start = time.perf_counter()
        yield tell
        seconds[name] = time.perf_counter() - start
        tell(1.0)

    return part
