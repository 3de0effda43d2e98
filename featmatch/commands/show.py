"""``featmatch show OUT``."""

from __future__ import annotations

from pathlib import Path

import click

from featmatch.collection.collection import Collection
from featmatch.commands import options as shared
from featmatch.commands.collection_result import tell
from featmatch.commands.command import INPUT, Command


@click.command(cls=Command)
@click.argument("out", type=INPUT)
@shared.with_options(shared.as_json, shared.debug)
def show(out: str, as_json: bool, debug: bool) -> int:
    """Tell what featmatch collect has found: counts, components and weak links.

    Exit codes are those of featmatch collect.
    """
    return tell(Collection(out), Path(out), as_json=as_json, quiet=False)
