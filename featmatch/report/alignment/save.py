"""Alignments in files, in the form that the ending asks for, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from featmatch.checks import check_path
from featmatch.errors import ArgumentError
from featmatch.files import check_place, write_files
from featmatch.images.original import Original
from featmatch.plain import to_json
from featmatch.report.alignment.aligned import Aligned
from featmatch.report.alignment.document import alignment_document
from featmatch.report.alignment.encode import PICTURE_ENDINGS, encode_picture
from featmatch.report.alignment.page import alignment_page
from featmatch.report.alignment.views import VIEWS, blink

WORLD_ENDINGS = (".wld", ".pgw", ".jgw", ".tfw")
ENDINGS = (*PICTURE_ENDINGS, ".gif", ".html", ".json", ".csv", *WORLD_ENDINGS)
TELLING = (".html", ".json")
"""The endings of forms that tell why there is no alignment, too."""
_AFFINE = 1e-12  # of the last row of a matrix that is affine


def check_alignment_output(path: str | PathLike[str]) -> Path:
    """Check that an alignment can be written to `path`, before any work is done for it.

    Raises
    ------
    ArgumentError
        The ending is not one of `ENDINGS`.
    OutputError
        The place cannot be written to.
    """
    check_alignment_ending(path)
    check_place(path)
    return Path(path)


def check_alignment_ending(path: str | PathLike[str]) -> None:
    """Raise ArgumentError unless a name has one of the `ENDINGS`."""
    ending = Path(check_path("output", path)).suffix.lower()
    if ending not in ENDINGS:
        raise ArgumentError(
            f"output: expected a name ending in {' '.join(ENDINGS)}, got {str(path)!r}"
        )


def save_alignment(
    result: Aligned, *paths: str | PathLike[str], canvas: str = "fixed", crop: bool = False
) -> None:
    """Write an alignment in several forms, all or none; see `Alignment.save`."""
    write_files(
        alignment_files(result, *map(check_alignment_output, paths), canvas=canvas, crop=crop)
    )


def alignment_files(
    result: Aligned, *paths: Path, canvas: str = "fixed", crop: bool = False
) -> Mapping[Path, bytes]:
    """Return the contents of the files of `save_alignment`."""
    forms = _Forms(result, canvas, crop)
    return {path: forms.content(path) for path in paths}


class _Forms:
    """All forms of one alignment; the pictures are resampled once."""

    def __init__(self, result: Aligned, canvas: str, crop: bool) -> None:
        self._result = result
        self._options: dict[str, Any] = {"kind": canvas, "crop": crop}
        self._pictures: tuple[Original, Original] | None = None

    def content(self, path: Path) -> bytes:
        ending = path.suffix.lower()
        view = VIEWS.get(Path(path.stem).suffix.lower())
        if ending == ".json":
            return to_json(alignment_document(self._result)).encode()
        if ending == ".html":
            return alignment_page(self._result)
        if ending == ".csv":
            return _csv(self._result)
        if ending in WORLD_ENDINGS:
            return _world_file(self._result)
        if ending == ".gif":
            return blink(*self.pictures())
        if view is not None:
            return encode_picture(Original(view(*self.pictures())), ending)
        return encode_picture(self.pictures()[0], ending)

    def pictures(self) -> tuple[Original, Original]:
        if self._pictures is None:
            self._pictures = self._result.pictures(self._result.canvas(**self._options))
        return self._pictures


def _csv(result: Aligned) -> bytes:
    """Write the matrix, a row a line."""
    matrix = result.matrix
    if matrix is None:
        raise ArgumentError(
            f"output: expected a map with a matrix for .csv, got the kind {result.kind}; choose "
            ".json, or another --model (model)"
        )
    return "".join(",".join(f"{value:.17g}" for value in row) + "\n" for row in matrix).encode()


def _world_file(result: Aligned) -> bytes:
    """Write the matrix as a world file of the moving image, in pixels of the fixed one."""
    matrix = result.matrix
    if matrix is None or np.abs(matrix[2, :2]).max() > _AFFINE:
        raise ArgumentError(
            f"output: expected an affine map for a world file, got the kind {result.kind}; choose "
            ".json, or --model affine (model)"
        )
    (a, b, c), (d, e, f) = matrix[0], matrix[1]
    return "".join(f"{value:.12g}\n" for value in (a, d, b, e, c, f)).encode()
