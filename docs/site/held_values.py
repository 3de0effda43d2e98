"""Classes that no one imports by name, but that the fields of public ones hold."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterable, Iterator
from typing import Any


def held_classes(public: Iterable[Any]) -> list[type]:
    """Return the classes of featmatch that public ones hold, and those that these hold.

    Parameters
    ----------
    public : iterable
        Everything that is public: of functions, parameters and results count too.

    Returns
    -------
    list of type
        By the names of their modules.
    """
    waiting = list(public)
    known = {one for one in waiting if inspect.isclass(one)}
    held: list[type] = []
    while waiting:
        for one in _mentioned(waiting.pop()):
            if one not in known:
                known.add(one)
                held.append(one)
                waiting.append(one)
    return sorted(held, key=lambda one: (one.__module__, one.__name__))


def _mentioned(value: Any) -> Iterator[type]:
    """Give the classes of featmatch that the fields, properties or parameters of a value name."""
    parts = [value]
    if inspect.isclass(value):
        members = [member for name, member in inspect.getmembers(value) if name[0] != "_"]
        parts += [member.fget for member in members if isinstance(member, property)]
    elif not inspect.isfunction(value):
        return
    for part in parts:
        try:
            types = typing.get_type_hints(part).values()
        except (NameError, TypeError):  # names a type that is imported for type checkers alone
            continue
        for one in types:
            yield from _classes_in(one)


def _classes_in(annotation: Any) -> Iterator[type]:
    if inspect.isclass(annotation) and annotation.__module__.startswith("featmatch."):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _classes_in(argument)
