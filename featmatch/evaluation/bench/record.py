"""The scores of pairs in a file, a line each: what is done is kept, and not done again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from featmatch.errors import ArgumentError, OutputError
from featmatch.evaluation.bench.pair_score import BenchOptions, PairScore
from featmatch.evaluation.bench.suites import SuitePair
from featmatch.files import read_whole, reason_of, write_folder, write_whole
from featmatch.version import __version__

FILE = "scores.jsonl"
_PACKAGE = Path(__file__).parents[2]
_AFTER_SCORES = ("compare", "explaining", "report", "commands")  # areas that no score depends on
_ERRORS = ("homography_error", "corner_error", "pose_error_degrees")
_INFINITE = "infinite"  # an error, without a model

Key = tuple[str, str, str]
"""Suite, pair and method."""


def settings_of(options: BenchOptions) -> dict[str, Any]:
    """Say what scores depend on, besides the pair and the method: options and versions."""
    return {
        **asdict(options),
        "featmatch": __version__,
        "code": code_digest(_PACKAGE),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }


@cache
def code_digest(package: Path) -> str:
    """Return a number for what scores are made by: code, weights and the verdict's calibration.

    Parameters
    ----------
    package : Path
        The folder of featmatch. Its areas that no score depends on do not count.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        if path.suffix in (".py", ".npz", ".json") and place.parts[0] not in _AFTER_SCORES:
            digest.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def pair_digest(pair: SuitePair) -> str:
    """Return a number for the images and the ground truth of a pair, which changes with them."""
    truths = (pair.homography, pair.points, pair.intrinsics0, pair.intrinsics1, pair.pose)
    known = [pair.kind, *(None if truth is None else truth.tolist() for truth in truths)]
    digest = hashlib.sha256(json.dumps(known).encode())
    for image in (pair.image0, pair.image1):
        digest.update(hashlib.sha256(read_whole(image)).digest())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class BenchRecord:
    """The file ``scores.jsonl`` of a folder: a line of settings, then a line for each score.

    Parameters
    ----------
    folder : Path
        It is made with the file.
    settings : mapping
        Of this run, see `settings_of`.
    methods : mapping of str to str
        Name of each method of this run -> `BenchMethod.digest`.
    """

    folder: Path
    settings: Mapping[str, Any]
    methods: Mapping[str, str]

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def read(self, digests: Mapping[tuple[str, str], str]) -> dict[Key, PairScore]:
        """Return the scores that are there; begin the file if there is none.

        A last line that was not written to its end is taken out.

        Parameters
        ----------
        digests : mapping of (suite, pair) to str
            `pair_digest` of the pairs of this run.

        Raises
        ------
        OutputError
            The file is damaged, holds scores made with other settings, or scores of pairs or
            methods that have changed since.
        """
        if not self.path.exists():
            write_folder(self.folder, {FILE: _line({"settings": self.settings})})
            return {}
        content = read_whole(self.path, OutputError)
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            write_whole(self.path, whole)
        first, *others = self._parse(whole)
        self._compare(first)
        scores: dict[Key, PairScore] = {}
        for digest, how, score in others:
            if digests.get((score.suite, score.pair), digest) != digest:
                raise OutputError(
                    f"{self.path}: holds scores of another pair {score.pair} of {score.suite}: its "
                    "images or its ground truth have changed; choose another folder, or remove the "
                    "file"
                )
            if self.methods.get(score.method, how) != how:
                raise OutputError(
                    f"{self.path}: holds scores of another method {score.method}: its options have "
                    "changed; choose another folder or another name, or remove the file"
                )
            scores[score.suite, score.pair, score.method] = score
        return scores

    def add(self, score: PairScore, digest: str) -> None:
        """Append a score.

        Raises
        ------
        OutputError
            The disk is full, or the file may not be written any more.
        """
        how = self.methods[score.method]
        line = _line({"digest": digest, "how": how, "score": score_document(score)})
        try:
            with self.path.open("ab") as file:
                file.write(line)
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written ({reason_of(error)}); make room, and the same "
                "bench goes on where it stopped"
            ) from error

    def _parse(self, content: bytes) -> list[Any]:
        """Return the settings, then of each line the digests of pair and method, and the score."""
        parsed: list[Any] = []
        for number, line in enumerate(content.splitlines() or [b""], start=1):
            try:
                entry = json.loads(line)
                if number == 1:
                    parsed.append(dict(entry["settings"]))
                else:
                    digests = str(entry["digest"]), str(entry["how"])
                    parsed.append((*digests, _score(entry["score"])))
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                raise OutputError(
                    f"{self.path}: is damaged in line {number}, or not of featmatch bench; remove "
                    "it, or choose another folder"
                ) from error
        return parsed

    def _compare(self, there: Mapping[str, Any]) -> None:
        changes = [
            f"{name} {there.get(name)}, not {value}"
            for name, value in self.settings.items()
            if there.get(name) != value
        ]
        if changes:
            raise OutputError(
                f"{self.path}: holds scores made with other settings ({'; '.join(changes)}), which "
                "are not mixed; choose another folder, or remove the file"
            )


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, allow_nan=False).encode() + b"\n"


def score_document(score: PairScore) -> dict[str, Any]:
    """Return a score as plain values for JSON, which has no infinite numbers: they become words."""
    document = asdict(score)
    for name in _ERRORS:
        if document[name] == inf:
            document[name] = _INFINITE
    return document


def _score(document: Mapping[str, Any]) -> PairScore:
    """Make a score of what `score_document` wrote."""
    if set(dict(document)) != {field.name for field in fields(PairScore)}:
        raise ArgumentError("a field is missing, or one too many")
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    infinite = {name: inf for name in _ERRORS if values[name] == _INFINITE}
    return PairScore(**{**values, **infinite})
