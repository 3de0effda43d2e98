"""A collection -> pairs of its photographs with verified matches, to train the network on."""

from __future__ import annotations

from pathlib import Path

from featmatch.collection.contents import CollectionContents
from featmatch.collection.keys import file_digest
from featmatch.collection.records import ImageEntry, PairSummary
from featmatch.errors import ImageReadError, ReadError
from featmatch.images.image import Image, read_image
from featmatch.learned.training.photographs import as_rgb
from featmatch.learned.training.real_pairs import MIN_MATCHES, RealPair


def real_pairs(collection: CollectionContents, max_size: int = 640) -> list[RealPair]:
    """Take the pairs of a collection that show one scene, with the matches that agree with it.

    Left out are pairs that share only a part, such as a logo, and those whose map is ambiguous, as
    where something repeats: they would teach what is wrong.

    Parameters
    ----------
    collection : CollectionContents
        Such as a `Collection`.
    max_size : int
        Limit in pixels to the longer side of the photographs, as for `read_photographs`; larger
        ones are made smaller, and the matches with them. 0 for none.

    Returns
    -------
    list of RealPair
        In the order of their names.

    Raises
    ------
    ReadError
        There is no such pair; a photograph is gone, or has changed since it was collected.
    """
    chosen = [summary for summary in collection.pairs if _is_certain(summary)]
    if not chosen:
        raise ReadError(
            f"the collection of {collection.folder}: no pairs that show one scene; give one in "
            "which photographs match"
        )
    names = {name for summary in chosen for name in summary.names}
    images = {
        entry.name: _read(collection.folder, entry, max_size)
        for entry in collection.images
        if entry.name in names
    }
    pixels = {name: as_rgb(image.pixels) for name, image in images.items()}
    points = {
        name: image.from_original(collection.keypoints(name)) for name, image in images.items()
    }
    pairs = []
    for summary in chosen:
        name0, name1 = summary.names
        record = collection.matches(name0, name1)
        rows0, rows1 = record.indices[record.inliers].T
        matched = points[name0][rows0], points[name1][rows1]
        pairs.append(RealPair(pixels[name0], pixels[name1], *matched))
    return pairs


def _is_certain(summary: PairSummary) -> bool:
    enough = summary.num_inliers >= MIN_MATCHES
    return summary.kind == "scene" and enough and not summary.ambiguous


def _read(folder: Path, entry: ImageEntry, max_size: int) -> Image:
    path = folder / entry.name
    image = read_image(path, max_size=max_size, exif=entry.exif)
    if file_digest(path) != entry.sha256:
        raise ImageReadError(
            f"{path}: has changed since it was collected; run featmatch collect again"
        )
    return image
