"""A collection of features that another tool has found, and maybe matched.

The photographs are those of a folder, as for `collect`; their features are read from files. They
are matched and verified by featmatch, or their matches are verified alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeAlias

from featmatch.checks import check_path
from featmatch.collection.collection import Collection
from featmatch.collection.given_files import GivenFeatures
from featmatch.collection.given_matches import GivenMatches, MatchesOfFile, given_pairs
from featmatch.collection.hloc_files import is_hdf5, open_hloc, read_features
from featmatch.collection.index import ImageKeys
from featmatch.collection.keys import digest
from featmatch.collection.method import CollectionMethod
from featmatch.collection.options import CollectOptions, Effort, Progress, Tell
from featmatch.collection.prepare import prepare
from featmatch.collection.records import ImageEntry, Pair
from featmatch.collection.run import Run
from featmatch.collection.soundness import is_there
from featmatch.collection.work import WorkImage
from featmatch.errors import ArgumentError, FeaturesReadError
from featmatch.features.orb import ORB
from featmatch.files import check_folder, reason_of
from featmatch.matching.matcher import Matcher
from featmatch.pipeline import Pipeline
from featmatch.report.collection.report import FILES, write_report
from featmatch.types import Features
from featmatch.verification import Model

ReadFeatures: TypeAlias = Callable[[ImageEntry], Features | None]

_ARRAYS = ("keypoints", "descriptors", "scores", "scales", "angles")


@dataclass(frozen=True)
class ImportedFeatures(ORB):
    """What stands for the features in files; it finds what mirror images are looked at with."""

    name: ClassVar[str] = "imported"
    summary: ClassVar[str] = "keypoints of another tool"


@dataclass
class ImportRun(Run):
    """A run over features that are there.

    Parameters
    ----------
    given : tuple of (str, str), optional
        Pairs to verify; None chooses some, as other runs do.
    """

    given: tuple[Pair, ...] | None = None

    def choose(self) -> tuple[Pair, ...]:
        """Choose the pairs to match."""
        if self.given is None:
            return super().choose()
        self._how = "file"
        self.effort.note(f"{len(self.given):,} pairs: those that matches are given of")
        return self.given

    def keep(self, read: ReadFeatures, source: str) -> None:
        """Put features into the store, and their keys in place of those of the method.

        Raises
        ------
        FeaturesReadError
            There are none of any photograph.
        """
        entries = {entry.name: entry for entry in self.index.images}
        images: dict[str, WorkImage] = {}
        reasons: dict[str, str] = {}
        width: int | None = None
        for done, (name, image) in enumerate(self.images.items(), 1):
            try:
                features = read(entries[name])
                reason = f"{source} has no features of it" if features is None else ""
                if features is not None:
                    width = _checked_width(features, width)
            except FeaturesReadError as error:
                features, reason = None, str(error)
            key = digest("imported", entries[name].sha256, _digest(features), reason)
            if features is None:
                reasons[name] = reason
            elif not is_there(self.store.features_path(key)):
                self.store.write_features(key, features)
            keys = ImageKeys((key,), self.options.keys.image((key,), image.camera), key)
            images[name] = replace(image, keys=keys)
            self.effort.tell(Progress("images", done, len(self.images)))
        if len(reasons) == len(images):
            raise FeaturesReadError(
                f"{source}: holds features of none of the photographs in {self.index.folder}"
                f" ({next(iter(reasons.values()))}); names have to be those of the photographs"
            )
        for name, reason in reasons.items():
            self.store.write_error(images[name].keys.features[0], reason)
        self.images = images
        self.index = replace(self.index, keys={name: one.keys for name, one in images.items()})


def import_features(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    features: str | os.PathLike[str],
    *,
    matches: str | os.PathLike[str] | None = None,
    pairs: str | os.PathLike[str] = "exhaustive",
    max_ratio: float = Matcher.max_ratio,
    model: Model = "auto",
    seed: int = 0,
    num_processes: int = 1,
    progress: Tell | None = None,
) -> Collection:
    """Make a collection of features that another tool has found.

    Parameters
    ----------
    folder : str or path
        Of the photographs.
    out : str or path
        The folder for the results; see `collect`.
    features : str or path
        An HDF5 file of hloc's form; or `.npz` files, see
        `featmatch.collection.given_files.GivenFeatures`.
    matches : str or path, optional
        An HDF5 file of hloc's form: the matches that are verified. None matches descriptors.
    pairs : str or path
        Which pairs to match: ``"exhaustive"``, or a file of pairs; see `collect`. Where matches are
        given, theirs.
    max_ratio : float
        See `Matcher`; it depends on the descriptors. Of no use where matches are given.
    model, seed, num_processes, progress
        See `collect`.

    Returns
    -------
    Collection

    Raises
    ------
    FeaturesReadError
        A file cannot be read, or holds features or matches of other photographs.
    MissingExtraError
        It is HDF5, and the package h5py is not installed.
    ReadError, OutputError, ArgumentError
        See `collect`.
    """
    path = Path(check_path("features", features))
    given = None if matches is None else check_path("matches", matches)
    if isinstance(model, str) and model == "essential":
        raise ArgumentError(
            "model: expected one that needs no cameras, which are not known of imported features, "
            "got 'essential'"
        )
    begun = prepare(
        folder,
        out,
        CollectOptions(method=_method(given, max_ratio), pairs=pairs, model=model, seed=seed),
        Effort(num_processes=num_processes, progress=progress),
    )
    check_folder(begun.store.folder, FILES)
    told = {"features": str(path), "matches": given, "max_ratio": max_ratio}
    run = ImportRun(
        index=replace(begun.index, options=dict(begun.index.options) | told),
        images=begun.images,
        store=begun.store,
        options=begun.options,
        effort=begun.effort,
        given=None if given is None else given_pairs(given, list(begun.images)),
    )
    with _opened(path) as read:
        run.keep(read, path.name)
    run.index.write(run.store.folder)
    run.finish().write(run.store.folder)
    collection = Collection(run.store.folder)
    write_report(collection, run.store.folder)
    return collection


def _checked_width(features: Features, width: int | None) -> int:
    """Return the columns of descriptors, which are as many as others have: to be compared."""
    own: int = features.descriptors.shape[1]
    if width not in (None, own):
        raise FeaturesReadError(f"its descriptors have {own} columns, and those before it {width}")
    return own


def _method(matches: str | None, max_ratio: float) -> CollectionMethod:
    if matches is None:
        return CollectionMethod((Pipeline(ImportedFeatures(), Matcher(max_ratio=max_ratio)),))
    matcher = MatchesOfFile(digest=_digest_of_file(matches))
    return GivenMatches((Pipeline(ImportedFeatures(), matcher),), matches)


@contextmanager
def _opened(path: Path) -> Iterator[ReadFeatures]:
    if is_hdf5(path) or path.suffix.lower() in (".h5", ".hdf5"):
        with open_hloc(str(path)) as file:
            yield partial(read_features, file)
    else:
        yield GivenFeatures(path).read


def _digest(features: Features | None) -> str:
    if features is None:
        return ""
    state = hashlib.blake2b(repr((features.image_size, features.norm, features.method)).encode())
    for name in _ARRAYS:
        array = getattr(features, name)
        state.update(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
    return state.hexdigest()


def _digest_of_file(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FeaturesReadError(
            f"{path}: cannot be read ({reason_of(error)}); check the name and the permissions"
        ) from error
