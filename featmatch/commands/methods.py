"""``featmatch methods``."""

from __future__ import annotations

import click

from featmatch.methods import METHODS


@click.command()
def methods() -> int:
    """List the methods and what each needs."""
    for name, pipeline in METHODS.items():
        extractor = pipeline.extractor
        click.echo(f"{name:<6} {extractor.descriptor:<11} {extractor.summary}")
        if extractor.unavailable:
            click.echo(f"{'':<6} not available here: {extractor.unavailable}")
    return 0
