"""``featmatch locate OBJECT SCENE...``."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from featmatch.alignment.locate import locate as locate_object
from featmatch.commands import options as shared
from featmatch.commands.command import IMAGE_INPUT, INPUT, Command, keep_inputs
from featmatch.commands.printing import note, say, say_document, write_out
from featmatch.commands.progress import bars, stages
from featmatch.commands.standard_input import read_given
from featmatch.images.folders import image_files, is_folder
from featmatch.plain import to_json
from featmatch.report.alignment.placements_document import placements_document
from featmatch.report.alignment.placements_save import PLACEMENT_FORMS, save_placements
from featmatch.report.alignment.placements_text import placements_summary

DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(locate_object).parameters.items()
}
_STANDARD_OUTPUT = Path(shared.STANDARD_OUTPUT)


@click.command(cls=Command)
@click.argument("sought", metavar="OBJECT", type=IMAGE_INPUT)
@click.argument("scenes", metavar="SCENE...", nargs=-1, required=True, type=IMAGE_INPUT)
@click.option("--mask", type=INPUT, help="The nonzero pixels of this mask are the object.")
@shared.with_options(
    *(shared.max_size(DEFAULTS["max_size"]), shared.seed, shared.exif),
    *(shared.writing(tuple(PLACEMENT_FORMS), piped=True), shared.as_json, shared.verbose),
    *(shared.quiet_but_json, shared.debug),
)
def locate(
    sought: str,
    scenes: tuple[str, ...],
    outputs: tuple[Path, ...],
    as_json: bool,
    verbose: bool,
    quiet: bool,
    debug: bool,
    **options: Any,
) -> int:
    """Find every place where scenes show an object, however often.

    OBJECT is a picture of it alone, such as an icon, a poster, a page. A SCENE may be a folder,
    which stands for all images in it. One of the images may be -, which is standard input. Exit
    code 0 if the object is found in a scene, 1 if in none.
    """
    piped = _STANDARD_OUTPUT in outputs
    if piped and as_json:
        raise click.UsageError("Standard output (-) takes the picture, or --json, not both.")
    files = [path for path in outputs if path != _STANDARD_OUTPUT]
    keep_inputs(files)
    with stages(verbose=verbose, quiet=quiet), bars(quiet=quiet or verbose) as bar:
        first, *others = read_given((sought, *_scenes(scenes, files)), 0, options["exif"])

        def tell(num_done: int, num_scenes: int) -> None:
            if num_scenes > 1:
                bar("scenes", num_done / num_scenes)

        found = locate_object(first, others, progress=tell, **options)
        save_placements(found, *files)
    if piped:
        write_out(PLACEMENT_FORMS[".png"](found))
    if as_json:
        say_document(to_json(placements_document(found)))
    elif not quiet:
        (note if piped else say)(placements_summary(found))
    return 0 if found else 1


def _scenes(names: Sequence[str], outputs: Sequence[Path]) -> Iterator[str]:
    """Yield names of scenes, those in a folder in its place, without results of an earlier run."""
    earlier = {os.path.realpath(path) for path in outputs}
    for name in names:
        inside = list(image_files([Path(name)])) if is_folder(Path(name)) else []
        others = [os.fspath(path) for path in inside if os.path.realpath(path) not in earlier]
        yield from others or [name]
