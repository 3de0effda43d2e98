"""A bench as tables for a terminal: one a suite, with a row for each measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from featmatch.escaping import printable

Document = Mapping[str, Any]
Summary = Mapping[str, Any]

_NONE = "–"


def bench_text(document: Document) -> str:
    """Tell the results of each suite in a table, with the settings that they were made with.

    Parameters
    ----------
    document : mapping
        What `bench_document` returns, or what was read from bench.json.
    """
    suites = dict.fromkeys(summary["suite"] for summary in document["summaries"])
    blocks = [_suite_table(document, suite) for suite in suites]
    return "\n\n".join([*blocks, "\n".join(settings_lines(document))])


def settings_lines(document: Document) -> list[str]:
    """Say with what settings all numbers were made: sizes, limits, estimators, seed, versions."""
    settings, summaries = document["settings"], document["summaries"]
    size = f"at most {settings['max_size']} px" if settings["max_size"] else "full size"
    counts = sorted({num for summary in summaries for num in summary["num_processes"]})
    processes = " or ".join(str(num) for num in counts)
    lines = [
        f"Images of {size}, seed {settings['seed']}; times with {processes} "
        f"process{'' if counts == [1] else 'es'} at work.",
        f"featmatch {settings['featmatch']} (code {settings['code']}), "
        f"OpenCV {settings['opencv']}, NumPy {settings['numpy']}.",
    ]
    return lines + _method_lines(document["methods"])


def _method_lines(methods: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Tell each step once, then the steps of each method; steps of one name may differ."""
    told: dict[str, str] = {}
    names: dict[str, list[str]] = {}
    for method in sorted(methods, key=lambda method: len(methods[method])):
        names[method] = []
        for step in methods[method]:
            text = _step_text(step)
            name = step["method"]
            if told.setdefault(name, text) != text:
                name = f"{name} in {method}"
                told[name] = text
            names[method].append(name)
    several = [method for method in methods if names[method] != [method]]
    return [
        *(f"{name}: {text}." for name, text in told.items()),
        *(f"{method}: {', then '.join(names[method])}." for method in several),
    ]


def _step_text(step: Mapping[str, Any]) -> str:
    limit = step["max_keypoints"]
    keypoints = "" if limit is None else f"at most {limit:,} keypoints, "
    return f"{keypoints}{step['matcher']}, {step['estimator']}"


def _suite_table(document: Document, suite: str) -> str:
    summaries = [summary for summary in document["summaries"] if summary["suite"] == suite]
    whole = [summary for summary in summaries if not summary["group"]]
    rows = {name: [cell(summary) for summary in whole] for name, cell in _ROWS.items()}
    rows = {name: cells for name, cells in rows.items() if set(cells) != {_NONE}}
    rows |= _group_rows(summaries, [summary["method"] for summary in whole])
    kinds = ", ".join(f"{number} {kind}" for kind, number in whole[0]["num_measured"].items())
    title = f"{printable(suite)}: {whole[0]['num_pairs']} pairs ({kinds})"
    return "\n".join([title, *_aligned({"": [s["method"] for s in whole], **rows})])


def _group_rows(summaries: Sequence[Summary], methods: Sequence[str]) -> dict[str, list[str]]:
    """Tell of each group the first of the main measures that it has."""
    rows: dict[str, list[str]] = {}
    for group in dict.fromkeys(summary["group"] for summary in summaries if summary["group"]):
        of_methods = {s["method"]: s for s in summaries if s["group"] == group}
        for name in _MAIN:
            cells = [_ROWS[name](of_methods[method]) for method in methods]
            if set(cells) != {_NONE}:
                rows[f"  {printable(group)}: {name}"] = cells
                break
    return rows


def _aligned(rows: Mapping[str, Sequence[str]]) -> list[str]:
    width = max(map(len, rows))
    widths = [max(map(len, column)) for column in zip(*rows.values(), strict=True)]
    return [
        "  ".join([f"{name:<{width}}", *(f"{c:>{n}}" for c, n in zip(cells, widths, strict=True))])
        for name, cells in rows.items()
    ]


def _percents(name: str, places: Sequence[int] | None = None) -> Callable[[Summary], str]:
    def cell(summary: Summary) -> str:
        values = summary[name]
        if values is None:
            return _NONE
        chosen = values if places is None else [values[place] for place in places]
        return " ".join(f"{100 * value:5.1f}" for value in chosen)

    return cell


def _mean_percent(name: str) -> Callable[[Summary], str]:
    return lambda summary: _NONE if summary[name] is None else f"{100 * summary[name]['mean']:.1f}"


def _percent(name: str) -> Callable[[Summary], str]:
    return lambda summary: _NONE if summary[name] is None else f"{100 * summary[name]:.1f}"


def _median(name: str, form: str) -> Callable[[Summary], str]:
    def cell(summary: Summary) -> str:
        if summary[name] is None:
            return _NONE
        median = summary[name]["median"]
        return "no model" if median is None else format(median, form)

    return cell


def _mean_and_median(name: str, form: str) -> Callable[[Summary], str]:
    def cell(summary: Summary) -> str:
        spread = summary[name]
        return f"{format(spread['mean'], form)} | {format(spread['median'], form)}"

    return cell


def _stages(summary: Summary) -> str:
    return " ".join(f"{seconds:.2f}" for seconds in summary["stage_seconds"].values())


def _answers(summary: Summary) -> str:
    answers = summary["answered_by"]
    if list(answers) == [summary["method"]]:
        return _NONE
    return ", ".join(f"{number} {method}" for method, number in answers.items())


_ROWS: dict[str, Callable[[Summary], str]] = {
    "homography AUC 3 5 10 px, %": _percents("homography_auc"),
    "homography error, px, median": _median("homography_error", ".2f"),
    "corner AUC 3 5 10 px, %": _percents("corner_auc"),
    "epipolar accuracy, %, mean": _mean_percent("epipolar_accuracy"),
    "pose AUC 5 10 20 degrees, %": _percents("pose_auc"),
    "pose error, degrees, median": _median("pose_error_degrees", ".2f"),
    "MMA 1 3 5 10 px, %": _percents("accuracy", (0, 2, 4, 9)),
    "matching score, 3 px, %, mean": _mean_percent("matching_score"),
    "repeatability, 3 px, %, mean": _mean_percent("repeatability"),
    "  by chance": _mean_percent("chance_repeatability"),
    "accepted, %": _percent("accepted"),
    "false accepts, %": _percent("false_accepts"),
    "keypoints, mean | median": _mean_and_median("num_keypoints", ",.0f"),
    "matches, mean | median": _mean_and_median("num_matches", ",.0f"),
    "inliers, mean | median": _mean_and_median("num_inliers", ",.0f"),
    "seconds a pair, mean | median": _mean_and_median("seconds", ".2f"),
    "  read extract match estimate": _stages,
    "answers of": _answers,
}
_MAIN = (
    "homography AUC 3 5 10 px, %",
    "epipolar accuracy, %, mean",
    "pose AUC 5 10 20 degrees, %",
    "false accepts, %",
)
