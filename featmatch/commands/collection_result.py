"""What commands print of a collection, and the exit code that goes with it."""

from __future__ import annotations

import shlex
from pathlib import Path

from featmatch.collection.collection import Collection
from featmatch.collection.images import COLLECTION_FILE
from featmatch.collection.index import IMAGES_FILE
from featmatch.commands.printing import say, say_document
from featmatch.report.collection.report import FILES, PAGE
from featmatch.report.collection.tables import read_overview, state_of, summary_json

OWN_FILES = (COLLECTION_FILE, IMAGES_FILE, *FILES)
"""What a collection has in its folder beside the store: nothing else may replace them."""

ACCEPTED, NOTHING_ACCEPTED, SOME_UNREADABLE = 0, 1, 3
"""Exit codes: all images were read and a pair accepted, none was, some could not be read."""


def tell(collection: Collection, out: Path, *, as_json: bool, quiet: bool) -> int:
    """Print what a collection in `out` amounts to, as JSON or in words; return the exit code."""
    overview = read_overview(collection, out) or collection.overview
    if as_json:
        say_document(summary_json(overview, state_of(collection)).decode())
    elif not quiet:
        for sentence in overview.sentences:
            say(sentence)
        folder = shlex.quote(str(out))
        say(f"look at {out / PAGE}; featmatch export {folder} --colmap database.db")
    if not overview.num_pairs["scene"] + overview.num_pairs["part"]:
        return NOTHING_ACCEPTED
    return SOME_UNREADABLE if overview.num_images["unreadable"] else ACCEPTED
