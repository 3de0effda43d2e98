"""``featmatch methods``."""

from __future__ import annotations

import click

from featmatch.commands.command import Command
from featmatch.commands.printing import say
from featmatch.methods import METHODS


@click.command(cls=Command)
def methods() -> int:
    """List the methods and what each needs."""
    width = max(map(len, METHODS))
    for name, pipeline in METHODS.items():
        extractor = pipeline.extractor
        say(f"{name:<{width}} {extractor.descriptor:<11} {extractor.summary}")
        if extractor.unavailable:
            say(f"{'':<{width}} not available here: {extractor.unavailable}")
    return 0
