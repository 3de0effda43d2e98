"""What a training was made from, in files: to tell it later, and to go on only with the same."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from featmatch.errors import WeightsError
from featmatch.files import write_whole
from featmatch.learned.network.network import FeatureNetwork
from featmatch.learned.training.photographs import Photograph
from featmatch.learned.training.real_pairs import RealPair
from featmatch.learned.training.train import TrainingOptions
from featmatch.learned.training.training_data import (
    fingerprint,
    pairs_fingerprint,
    weights_fingerprint,
)
from featmatch.plain import plain
from featmatch.version import __version__


def origin(
    photographs: Sequence[Photograph],
    options: TrainingOptions,
    minutes: float | None,
    start: FeatureNetwork | None = None,
    real_pairs: Sequence[RealPair] = (),
) -> dict[str, Any]:
    """Say what weights come from, in plain values as JSON gives them back.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) or (H, W) uint8
    options : TrainingOptions
    minutes : float or None
        The time that its `num_steps` was chosen for.
    start : FeatureNetwork or None
        What training began with, if not with weights drawn at random.
    real_pairs : sequence of RealPair
    """
    chosen = plain(options)
    del chosen["num_processes"]  # the weights do not depend on it
    return {
        "options": chosen,
        "minutes": minutes,
        "start": None if start is None else weights_fingerprint(start),
        "photographs": {"number": len(photographs), "sha256": fingerprint(photographs)},
        "real_pairs": _told(real_pairs),
        "versions": {
            "featmatch": __version__,
            "numpy": np.__version__,
            "opencv": cv2.__version__,
            "python": platform.python_version(),
        },
    }


def read_origin(path: Path) -> dict[str, Any]:
    """Read what `origin` said of a training that is not complete.

    Raises
    ------
    WeightsError
        The file is missing, damaged or another.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        found = None
    if not _is_origin(found):
        raise WeightsError(
            f"{path}: does not say what the checkpoint beside it belongs to; remove both to begin"
            " anew"
        )
    return dict(found)


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """List in what one `origin` differs from another, in words; versions may differ."""
    numbers = (side["photographs"].get("number") for side in (there, here))
    parts = _changes("photographs", *numbers)
    if not parts and there["photographs"] != here["photographs"]:
        parts = ["other photographs"]
    for name in ("minutes", "options"):
        parts += _changes(name, there[name], here[name])
    if there.get("start") != here.get("start"):
        parts.append("other weights to begin with")
    if there.get("real_pairs") != here.get("real_pairs"):
        parts.append("other real pairs")
    return parts


def write_json(path: Path, document: object) -> None:
    """Write a document, whole or not at all."""
    write_whole(path, (json.dumps(document, indent=1) + "\n").encode())


def _told(real_pairs: Sequence[RealPair]) -> dict[str, Any] | None:
    if not len(real_pairs):
        return None
    return {"number": len(real_pairs), "sha256": pairs_fingerprint(real_pairs)}


def _is_origin(document: Any) -> bool:
    """Whether a document has what is looked at here."""
    parts = {"options": dict, "photographs": dict, "minutes": float | int | None}
    return (
        isinstance(document, dict)
        and all(isinstance(document.get(name, ""), kind) for name, kind in parts.items())
        and type(document["options"].get("num_steps")) is int
        and document["options"]["num_steps"] > 0
    )


def _changes(name: str, there: object, here: object) -> list[str]:
    """List the values that differ, however deep they lie."""
    if isinstance(there, dict) and isinstance(here, dict):
        return [
            part
            for key in here | there
            for part in _changes(str(key), there.get(key), here.get(key))
        ]
    if there == here:
        return []
    found, given = ("none" if value is None else value for value in (there, here))
    return [f"{name} {found}, not {given}"]
