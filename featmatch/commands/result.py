"""What commands print of a match, and the exit code that goes with it."""

from __future__ import annotations

from featmatch.commands.printing import say, say_document
from featmatch.plain import to_json
from featmatch.report.match.document import match_document
from featmatch.report.match.text import match_summary
from featmatch.result import MatchResult


def tell(result: MatchResult, *, as_json: bool, quiet: bool, only_scene: bool) -> int:
    """Print a match, as JSON or in words; return 0 if the images match, else 1.

    With `only_scene`, images that share one part alone do not match.
    """
    if as_json:
        say_document(to_json(match_document(result)))
    elif not quiet:
        say(match_summary(result))
    matched = result.verdict.kind == "scene" if only_scene else result.verdict.accepted
    return 0 if matched else 1
