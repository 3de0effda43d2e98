"""What ``featmatch train`` learns from: how much of each, and that no result replaces any of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from featmatch.collection.collection import Collection
from featmatch.commands.command import keep_inputs

REAL_SHARE = 0.2  # of the pairs, where there are real ones


def share_of_real(given: float | None, scene_share: float, collections: Sequence[str]) -> float:
    """Return the share of pairs that are of real photographs.

    Raises
    ------
    click.UsageError
        There are none to take it from, or the pairs of scenes leave less.
    """
    if given and not collections:
        raise click.UsageError("Missing option '--pairs', the folders that --real pairs come from.")
    share = (REAL_SHARE if collections else 0.0) if given is None else given
    if scene_share + share > 1:
        raise click.UsageError(
            f"--scenes {scene_share:g} leaves less than --real {share:g}"
            f"{' (if not given)' if given is None else ''} of the pairs; lower one of them."
        )
    return share


def keep_apart(
    outputs: Sequence[Path], images: Iterable[str], collections: Sequence[Collection]
) -> None:
    """Refuse results that would replace each other or an input, or be taken for one later.

    Parameters
    ----------
    outputs : sequence of Path
        All that the command writes; the last is told where two are the same.
    images : iterable of str
        Files, and folders of photographs.
    collections : sequence of Collection

    Raises
    ------
    click.UsageError
    """
    keep_inputs(outputs, (one.folder / image.name for one in collections for image in one.images))
    if len(set(map(os.path.realpath, outputs))) < len(outputs):
        raise click.UsageError(f"{outputs[-1]} is a file of the training; choose another one.")
    inputs = [(folder, "among the photographs") for folder in images]
    inputs += [(str(one.out), "among the files of the collection") for one in collections]
    for folder, where in inputs:
        place = Path(os.path.realpath(folder))
        if any(place in Path(os.path.realpath(output)).parents for output in outputs):
            raise click.UsageError(
                f"A result would lie in {folder}, {where}; choose another folder."
            )
