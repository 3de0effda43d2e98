"""What a comparison's page shows at once, without a script: verdict, three numbers, pair."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from featmatch.compare.comparison import Comparison
from featmatch.compare.methods import MethodScores
from featmatch.compare.seed_errors import NUM_SEEDS, SeedErrors
from featmatch.evaluation.metrics.bootstrap import Interval
from featmatch.images.image import Image
from featmatch.report.comparison.hero import draw_pair
from featmatch.report.comparison.reasons import reasons

_JUDGED = ("best", "even", "failed")
_HEADERS = ("", "points found again", "right matches", "homography off by (px)")
_CONTENDERS = (
    "ORB takes corners and describes each by 256 yes-or-no answers; SIFT takes blobs and describes "
    "them by how the brightness changes around them. These are rules that people wrote down. A "
    "small convolutional network has learned both where to look and what to note."
)
_TABLE = (
    "Three numbers of each, with 95 % intervals. The last: how far the corners of an image are off "
    f"under the homography found from the matches, the middle of {NUM_SEEDS} random searches, with "
    "their range where they differ"
)
_DASH = "–"


def opening_header() -> str:
    """Write the title of the page and what it asks, as HTML."""
    return (
        "<h1>Made by hand or learned</h1>"
        '<p class="lead">Which points of two pictures are the same?</p>'
    )


def opening(comparison: Comparison) -> str:
    """Write what is seen first, as HTML that needs no script.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        A section: the headline and its reasons, the pair with its matches, three numbers of each
        method, why, and what else was measured, folded. The headline alone where there is nothing
        to find.
    """
    verdict = comparison.verdict
    parts = [f'<p class="headline">{_text(verdict.headline)}</p>']
    if verdict.outcome != "nothing":
        parts.append(f"<p>{_CONTENDERS}</p>{_figure(comparison)}")
        if told := reasons(comparison):
            parts.append(f'<p class="reasons">{_text(told)}</p>')
        if verdict.outcome in _JUDGED:
            parts.append(_numbers(comparison.contrast.methods, verdict.best))
        if verdict.why:
            parts.append(f'<p class="why">{_text(verdict.why)}</p>')
        parts.append(_details(comparison))
    return (
        '<section id="verdict" aria-labelledby="verdict-title">'
        '<h2 id="verdict-title" class="visually-hidden">Who did best</h2>'
        f"{''.join(parts)}</section>"
    )


def _figure(comparison: Comparison) -> str:
    """Draw the pair with the matches of who did best, else of who has the most."""
    methods = comparison.contrast.methods
    best = [method for method in methods if method.name in comparison.verdict.best]
    method = max(best or methods, key=lambda one: (one.num_correct or 0, one.num_matches))
    pair = comparison.pair
    if comparison.verdict.outcome == "unrelated":
        drawn, told = draw_pair(pair.image0, pair.image1, None), "the two images"
    else:
        drawn, told = draw_pair(pair.image0, pair.image1, method), _caption(method)
    return f'<figure class="hero">{drawn}<figcaption>{_text(told)}</figcaption></figure>'


def _caption(method: MethodScores) -> str:
    name = "the network" if method.name == "cnn" else method.label
    if method.num_correct is None:
        return f"{method.num_matches:,} matches of {name}; which are right is not known"
    wrong = method.num_matches - method.num_correct
    return (
        f"The matches of {name}: {method.num_correct:,} right (lines join some of them; dots of "
        f"one color are one place), {wrong:,} wrong (crosses, dashed)"
    )


def _numbers(methods: Sequence[MethodScores], best: Sequence[str]) -> str:
    rows = []
    for method in methods:
        name = escape(method.label)
        cells = (
            _interval(method.repeatability_3, 2),
            _interval(method.right_matches, 0),
            _over_seeds(method.homography_error),
        )
        told = f"<strong>{name}</strong>" if method.name in best else name
        columns = "".join(f"<td>{cell}</td>" for cell in cells)
        mark = ' class="best"' if method.name in best else ""
        rows.append(f'<tr{mark}><th scope="row">{told}</th>{columns}</tr>')
    headers = "".join(f'<th scope="col">{text}</th>' for text in _HEADERS)
    return (
        '<div class="table" role="region" aria-label="Three numbers of each" tabindex="0"><table>'
        f"<caption>{_TABLE}</caption>"
        f"<thead><tr>{headers}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _details(comparison: Comparison) -> str:
    pair, contrast = comparison.pair, comparison.contrast
    quick = "; a quick run, with fewer steps and samples" if comparison.quick else ""
    facts = {
        "Images": f"{_named(pair.image0)} and {_named(pair.image1)}",
        "How they relate": pair.reason,
        "Keypoints": f"the {contrast.max_keypoints:,} strongest of each method, at distinct places",
        "Seed": f"{comparison.seed}{quick}",
    }
    items = "".join(f"<li>{_text(sentence)}</li>" for sentence in comparison.verdict.details)
    listed = "".join(f"<dt>{term}</dt><dd>{_text(text)}</dd>" for term, text in facts.items())
    return (
        "<details><summary>What else was measured, in words</summary>"
        f'<ul class="plain">{items}</ul><dl class="facts">{listed}</dl></details>'
    )


def _named(image: Image) -> str:
    return f"{image.name} ({image.size[0]} × {image.size[1]} px)"


def _text(text: str) -> str:
    """Escape a text; the bytes of a file name need not be text."""
    return escape(text.encode("utf-8", "replace").decode("utf-8"))


def _interval(interval: Interval, digits: int) -> str:
    if interval.value is None:
        return _DASH
    told = f"{interval.value:,.{digits}f}"
    if interval.low is None or interval.high is None:
        return told
    return f"{told}<small>{interval.low:,.{digits}f}–{interval.high:,.{digits}f}</small>"


def _over_seeds(errors: SeedErrors) -> str:
    if not errors.num_seeds:
        return _DASH
    if errors.median is None or errors.low is None or errors.high is None:
        return "failed"
    least, most = f"{errors.low:.2f}", f"{errors.high:.2f}"
    if errors.num_failed:
        spread = f"{errors.num_failed} of {errors.num_seeds} failed"
        return f"{errors.median:.2f}<small>{spread}</small>"
    return f"{errors.median:.2f}" + (f"<small>{least}–{most}</small>" if least != most else "")
