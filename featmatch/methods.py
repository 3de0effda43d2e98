"""The methods by name: the one registry, from which the CLI, README and tests take theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from featmatch.checks import check_choice, show
from featmatch.errors import ArgumentTypeError
from featmatch.features.affine import AffineViews
from featmatch.features.contributed import AKAZE, BRISK, KAZE
from featmatch.features.orb import ORB
from featmatch.features.sift import SIFT
from featmatch.fine_first import FineFirst
from featmatch.learned.extraction.extractor import CNN
from featmatch.learned.extraction.sift_cnn import SIFTCNN
from featmatch.matching.matcher import Matcher
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.pipeline import Pipeline
from featmatch.second_look import SecondLook

_PARTS = ("extractor", "matcher", "estimator")
_TO_AN_EIGHTH = (1.0, 0.71, 0.5, 0.35, 0.25, 0.18, 0.125)
"""Sizes in which `cnn` looks, a factor of about the root of 2 apart."""

_DENSE_TILTS = tuple(2 ** (step / 2) for step in range(1, 6))
_DENSE_ROTATIONS = np.pi * 72 / 180
"""The sampling of Morel & Yu 2009, of planes seen at up to 80 degrees from their normals."""

METHODS: Mapping[str, Pipeline] = MappingProxyType(
    {
        pipeline.extractor.name: pipeline
        for pipeline in (
            Pipeline(ORB()),
            Pipeline(SIFT()),
            Pipeline(
                AffineViews(
                    SIFT(max_keypoints=500, spread=False),
                    untilted=SIFT(max_keypoints=3000, num_candidates=5000),
                ),
                Matcher(min_rival_distance=10.0, min_spacing=2.0),
                one_at_a_time=True,
                second_look=SecondLook(
                    AffineViews(
                        SIFT(max_keypoints=2000, spread=False),
                        max_size=1000,
                        max_scale=1.0,
                        tilts=_DENSE_TILTS,
                        rotation_step=_DENSE_ROTATIONS,
                    )
                ),
            ),
            Pipeline(CNN(scales=_TO_AN_EIGHTH), FineFirst(neighborhoods=Neighborhoods())),
            Pipeline(
                SIFTCNN(),
                TurnMatcher(max_ratio=0.9, min_rival_distance=10.0, min_spacing=2.0),
            ),
            Pipeline(AKAZE()),
            Pipeline(KAZE()),
            Pipeline(BRISK()),
        )
    }
)
"""Name of the method -> `Pipeline`."""


def method_named(method: str | Pipeline) -> Pipeline:
    """Return the method of a name; a pipeline is itself.

    Raises
    ------
    ArgumentError
        There is no method of that name; ``"auto"`` is several.
    """
    check_method(method)
    return method if isinstance(method, Pipeline) else METHODS[method]


def check_method(method: object, *also: str) -> None:
    """Raise ArgumentError unless it is a pipeline, the name of a method, or one of `also`."""
    if not isinstance(method, Pipeline):
        check_choice("method", method, (*also, *METHODS))


def name_of(method: str | Pipeline) -> str:
    """Return the name of a method."""
    return method if isinstance(method, str) else method.extractor.name


def with_options(
    pipeline: Pipeline, changes: Mapping[str, Any], *, strict: bool = True
) -> Pipeline:
    """Replace the options that are not None in whichever component of a method has them.

    Parameters
    ----------
    pipeline : Pipeline
    changes : mapping of str to object
        Name of the option -> its value. A ``max_ratio`` asks for the ratio test: it takes the place
        of neighborhoods, unless they are given too.
    strict : bool
        Refuse options that the method does not have; False leaves them out.

    Raises
    ------
    ArgumentTypeError
        The method does not have such an option, and the message says which have; or it has one that
        cannot be replaced, as its component is no dataclass.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    if "max_ratio" in given and hasattr(pipeline.matcher, "neighborhoods"):
        given.setdefault("neighborhoods", None)
    parts: dict[str, Any] = {}
    for part in _PARTS:
        component = getattr(pipeline, part)
        own = {name: given.pop(name) for name in list(given) if hasattr(component, name)}
        if own:
            parts[part] = _replaced(component, own)
    for name in given if strict else ():
        able = [known for known, other in METHODS.items() if _has_option(other, name)]
        raise ArgumentTypeError(
            f"{name}: expected a method with this option, {' or '.join(able)}, "
            f"got {pipeline.extractor.name}"
        )
    return replace(pipeline, **parts)


def _replaced(component: Any, changes: Mapping[str, Any]) -> Any:
    options = {field.name for field in fields(component)} if is_dataclass(component) else set()
    for name in changes.keys() - options:
        raise ArgumentTypeError(
            f"{name}: expected a method whose options are the fields of a dataclass, got "
            f"{show(component)}; set it where that is made"
        )
    return replace(component, **changes)


def _has_option(pipeline: Pipeline, name: str) -> bool:
    return any(hasattr(getattr(pipeline, part), name) for part in _PARTS)
