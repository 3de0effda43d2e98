"""``featmatch merge OUT PART...``."""

from __future__ import annotations

from pathlib import Path

import click

from featmatch.collection.merge import merge_collections
from featmatch.commands import options as shared
from featmatch.commands.collection_progress import ProgressLine
from featmatch.commands.collection_result import tell
from featmatch.commands.command import INPUT, Command


@click.command(cls=Command)
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("parts", nargs=-1, required=True, metavar="PART...", type=INPUT)
@shared.with_options(shared.as_json, shared.quiet_but_json, shared.debug)
def merge(out: Path, parts: tuple[str, ...], as_json: bool, quiet: bool, debug: bool) -> int:
    """Put together what several machines have found with featmatch collect --shard.

    Each PART, and OUT if it is there already, is a folder of results, of the same photographs and
    options. Exit codes are those of featmatch collect.
    """
    collection = merge_collections(out, parts, progress=ProgressLine(quiet=quiet))
    return tell(collection, out, as_json=as_json, quiet=quiet)
