"""The methods that are run over suites: names, or pipelines of one's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from featmatch.auto import PLANS
from featmatch.checks import show
from featmatch.errors import ArgumentError, ArgumentTypeError
from featmatch.files import read_whole
from featmatch.methods import METHODS, with_options
from featmatch.pipeline import Pipeline

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""What Python's own `repr` tells of an object: another number in every process."""


@dataclass(frozen=True)
class BenchMethod:
    """A method, and what it is called in tables.

    Parameters
    ----------
    name : str
    method : str or Pipeline
        As `featmatch.match` takes it.
    """

    name: str
    method: str | Pipeline

    @property
    def pipelines(self) -> list[Pipeline]:
        """The steps of the method."""
        if isinstance(self.method, Pipeline):
            return [self.method]
        if self.method == "auto":
            return [step.pipeline for step in PLANS["normal"].steps]
        return [METHODS[self.method]]

    def digest(self) -> str:
        """Return a number for the options of all steps and the files that they name.

        Raises
        ------
        ArgumentError
            The ``repr`` of a component tells where it lies in memory in place of its options.
        """
        digest = hashlib.sha256()
        for pipeline in self.pipelines:
            text = repr(pipeline)
            if _ADDRESS.search(text):
                raise ArgumentError(
                    "methods: expected components whose repr tells their options, to keep scores, "
                    f"got others in {self.name!r}; make them dataclasses, or keep no scores"
                )
            digest.update(text.encode())
            for path in _files_of(pipeline):
                digest.update(hashlib.sha256(read_whole(path)).digest())
        return digest.hexdigest()[:16]

    def described(self, max_keypoints: int | None) -> list[dict[str, Any]]:
        """Say how each step works, by the options of its components.

        Parameters
        ----------
        max_keypoints : int or None
            Of the run; None leaves that of each extractor.

        Raises
        ------
        ArgumentTypeError
            It cannot be set.
        """
        steps = []
        for step in self.pipelines:
            changes = {"max_keypoints": max_keypoints}
            pipeline = with_options(step, changes, strict=self.method != "auto")
            extractor = pipeline.extractor
            steps.append(
                {
                    "method": self.name if isinstance(self.method, Pipeline) else extractor.name,
                    "max_keypoints": getattr(extractor, "max_keypoints", None),
                    "extractor": repr(extractor),
                    "matcher": repr(pipeline.matcher),
                    "estimator": repr(pipeline.estimator),
                    "second_look": repr(pipeline.second_look),
                }
            )
        return steps


def named_methods(
    methods: Sequence[str | Pipeline] | Mapping[str, str | Pipeline],
) -> tuple[BenchMethod, ...]:
    """Check the methods before any work, and name them; named twice, they are run once.

    Raises
    ------
    ValueError, TypeError
        There are none, one is not known, or two different ones have the same name.
    MissingExtraError
        One needs a package that is not installed.
    """
    if isinstance(methods, Mapping):
        named = [BenchMethod(name, method) for name, method in methods.items()]
    elif not isinstance(methods, Sequence) or isinstance(methods, str):
        raise ArgumentTypeError(f"methods: expected a sequence or a mapping, got {show(methods)}")
    else:
        named = [BenchMethod(_own_name(method), method) for method in methods]
    if not named:
        raise ArgumentError("methods: expected at least one, got none")
    by_name: dict[str, BenchMethod] = {}
    for one in named:
        _check(one)
        if by_name.setdefault(one.name, one) != one:
            raise ArgumentError(
                f"methods: expected names that differ, got {one.name!r} twice; give a mapping of "
                "names to methods"
            )
    return tuple(by_name.values())


def _own_name(method: str | Pipeline) -> str:
    return method.extractor.name if isinstance(method, Pipeline) else method


def _check(one: BenchMethod) -> None:
    if not isinstance(one.name, str) or not isinstance(one.method, str | Pipeline):
        raise ArgumentTypeError(f"methods: expected names or pipelines, got {show(one.method)}")
    if isinstance(one.method, str) and one.method != "auto" and one.method not in METHODS:
        raise ArgumentError(
            f"methods: expected auto or one of {', '.join(METHODS)}, got {one.method!r}"
        )
    for pipeline in one.pipelines:
        pipeline.check_available()


def _files_of(value: object) -> Iterator[Path]:
    """Give the files that are named in the fields of components, and of what is in these."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _files_of(getattr(value, field.name))
    elif isinstance(value, str | PathLike) and _is_file(value):
        yield Path(value)


def _is_file(name: str | PathLike[str]) -> bool:
    with suppress(OSError):  # a text that is too long for a name
        return Path(name).is_file()
    return False
