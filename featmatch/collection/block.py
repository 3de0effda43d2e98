"""A block: what was found between some pairs of images, as the bytes of one immutable file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from featmatch.archives import Arrays, archive_bytes
from featmatch.collection.records import PairRecord, PairSummary
from featmatch.errors import ArgumentError
from featmatch.plain import plain
from featmatch.types import Array

KIND = "pairs of a collection"
SUMMARIES = "summaries"
"""Name of the array that holds the summaries, as bytes of JSON."""

_FIELDS = tuple(field.name for field in fields(PairSummary))
_MODELS = ("fundamental", "homography")


@dataclass(frozen=True)
class Stored:
    """A pair in a block.

    Attributes
    ----------
    summary : PairSummary
        With the names that the images had when they were matched.
    images : (str, str)
        Keys of the images, whatever they are called.
    """

    summary: PairSummary
    images: tuple[str, str]


def pack_block(records: Sequence[PairRecord], images: Sequence[tuple[str, str]]) -> bytes:
    """Make the content of a block's file; the same records give the same bytes.

    Parameters
    ----------
    records : sequence of PairRecord
    images : sequence of (str, str)
        Keys of the images of each.
    """
    rows = [
        [*both, *(plain(getattr(record.summary, name)) for name in _FIELDS)]
        for record, both in zip(records, images, strict=True)
    ]
    missing = np.full((3, 3), np.nan)
    models = [
        [missing if getattr(record, name) is None else getattr(record, name) for name in _MODELS]
        for record in records
    ]
    arrays: dict[str, Array] = {
        SUMMARIES: np.frombuffer(json.dumps(rows).encode(), np.uint8),
        "counts": np.array([len(record.indices) for record in records], np.int64),
        "indices": np.concatenate([record.indices for record in records]).astype(np.uint32),
        "distances": np.concatenate([record.distances for record in records]),
        "ratios": np.concatenate([record.ratios for record in records]),
        "inliers": np.packbits(np.concatenate([record.inliers for record in records])),
        "models": np.array(models, np.float64),
    }
    return archive_bytes(KIND, arrays, {"fields": _FIELDS})


def read_stored(content: npt.NDArray[np.uint8]) -> list[Stored]:
    """Read the array `SUMMARIES` of a block; a ValueError says that it is damaged."""
    try:
        rows = json.loads(content.tobytes())
        return [Stored(_summary(row[2:]), (str(row[0]), str(row[1]))) for row in rows]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise ArgumentError("summaries that are none") from error


def unpack_record(arrays: Arrays, row: int, summary: PairSummary) -> PairRecord:
    """Take one pair, whose summary is known, out of a block.

    Raises
    ------
    ValueError
        The block is damaged.
    """
    try:
        counts = arrays["counts"]
        start = int(counts[:row].sum())
        rows = slice(start, start + int(counts[row]))
        inliers = np.unpackbits(arrays["inliers"], count=int(counts.sum()))
        fundamental, homography = (
            None if np.isnan(matrix).any() else matrix for matrix in arrays["models"][row]
        )
        return PairRecord(
            summary=summary,
            indices=arrays["indices"][rows].astype(np.int64),
            distances=arrays["distances"][rows],
            ratios=arrays["ratios"][rows],
            inliers=inliers[rows].astype(bool),
            fundamental=fundamental,
            homography=homography,
        )
    except (LookupError, ValueError, TypeError) as error:
        raise ArgumentError("arrays that are not those of a block") from error


def _summary(values: Sequence[Any]) -> PairSummary:
    named = dict(zip(_FIELDS, values, strict=True))
    return PairSummary(**named | {"overlap": tuple(named["overlap"])})
