"""The comparison in words: what each side is better at here, and the numbers that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from featmatch.compare.changes import Change
from featmatch.compare.contrast import Contrast
from featmatch.compare.feature_maps import FeatureMaps, LayerMaps
from featmatch.compare.headline import ContestVerdict, headline
from featmatch.compare.methods import MethodScores
from featmatch.compare.pair import Pair
from featmatch.compare.scores import TOLERANCE
from featmatch.compare.seed_errors import FAILED, NUM_SEEDS
from featmatch.compare.verdict_findings import against, clear_order, has_keypoints, under_change
from featmatch.compare.verdict_words import (
    called,
    listed,
    of,
    over_seeds,
    percent,
    percent_between,
    sentence,
)


def put_in_words(
    pair: Pair, contrast: Contrast, changes: Sequence[Change], feature_maps: FeatureMaps
) -> ContestVerdict:
    """Tell in words what the numbers of a comparison say.

    Parameters
    ----------
    pair : Pair
    contrast : Contrast
        Of ``"orb"``, ``"sift"`` and ``"cnn"``.
    changes : sequence of Change
    feature_maps : FeatureMaps

    Returns
    -------
    ContestVerdict
        Its details are at most eight sentences: first the network against ORB and against SIFT,
        then what was measured, and the numbers; none where there is nothing to find.
    """
    verdict = headline(pair, contrast.methods)
    if verdict.outcome == "nothing":
        return verdict
    methods = {method.name: method for method in contrast.methods}
    told = (
        against(methods["orb"], methods["cnn"]),
        against(methods["sift"], methods["cnn"]),
        _measured(pair, contrast),
        _found_again(pair, contrast.methods),
        _matched(pair, contrast.methods),
        _swapped(contrast),
        under_change(changes),
        _in_the_maps(feature_maps),
    )
    return replace(verdict, details=tuple(sentence(text) for text in told if text))


def _measured(pair: Pair, contrast: Contrast) -> str:
    """Tell what was given to everyone, and what counts as the truth."""
    allowed = (
        f"each method had at most {contrast.max_keypoints:,} keypoints in an image, its strongest "
        "at distinct positions"
    )
    if pair.homography is None and pair.fundamental is None:
        return f"{allowed}; {pair.reason}, so no match can be called correct or wrong"
    doubt = "; it is not the truth itself" if pair.origin == "estimated" else ""
    if pair.homography is not None:
        rule = f"a match is called correct within {TOLERANCE:g} px of where it belongs"
    else:
        rule = (
            f"a match is called correct within {TOLERANCE:g} px of its epipolar lines, "
            "where some wrong ones lie too"
        )
    return f"{allowed}; the geometry of the pair: {pair.reason}{doubt}; {rule}"


def _found_again(pair: Pair, methods: Sequence[MethodScores]) -> str:
    """Tell who finds points again, and who finds none at all."""
    told = []
    shares = []
    for method in methods:
        share, chance = method.repeatability_3.value, method.chance_repeatability_3
        if share is not None and chance is not None:
            measured = percent_between(share, method.repeatability_3)
            shares.append(f"{called(method.name)} {measured}, {percent(chance)} by chance")
    if shares:
        told.append(
            "of the keypoints in the part that both images show, these shares are found in both "
            f"within {TOLERANCE:g} px, with 95 % intervals: {'; '.join(shares)}"
        )
    elif pair.homography is not None:
        told.append("no keypoint lies in a part that both images show")
    empty = [
        f"{called(method.name)} in {_images_without(method)}"
        for method in methods
        if not has_keypoints(method)
    ]
    if empty:
        told.append(f"no keypoints are found by {listed(empty)}")
    return "; ".join(told)


def _images_without(method: MethodScores) -> str:
    images = [f"image {image}" for image in (0, 1) if not method.num_keypoints[image]]
    return "either image" if len(images) == 2 else images[0]


def _matched(pair: Pair, methods: Sequence[MethodScores]) -> str:
    """Tell how many matches there are, how many are correct, and what comes of them."""
    if pair.homography is None and pair.fundamental is None:
        counts = [f"{called(method.name)} {method.num_matches:,}" for method in methods]
        return f"numbers of matches, right and wrong: {', '.join(counts)}"
    counts = [
        f"{called(method.name)} {method.num_correct:,} of {method.num_matches:,}"
        for method in methods
    ]
    told = f"correct matches: {', '.join(counts)}"
    if pair.homography is None:
        return told
    errors = [f"{called(m.name)} {over_seeds(m.homography_error)}" for m in methods]
    return (
        f"{told}; the corners of a homography estimated from them are off by, in the median of "
        f"{NUM_SEEDS} searches, and from the least to the most where these differ: "
        f"{', '.join(errors)}; more than {FAILED:g} px is a failure"
    )


def _swapped(contrast: Contrast) -> str:
    """Tell what ORB's and the network's points and descriptors are worth without each other."""
    swap = {
        (scores.points, scores.descriptors): scores
        for scores in contrast.swap
        if {scores.points, scores.descriptors} <= {"orb", "cnn"}
    }
    if not any(scores.num_correct for scores in swap.values()):
        return ""  # not known, or none anywhere
    counts = [
        f"{of(points)} points with {of(words)} descriptors {scores.num_correct:,}"
        for (points, words), scores in swap.items()
    ]
    told = f"correct matches when points and descriptors are swapped: {', '.join(counts)}"
    winners = [
        clear_order({words: swap[points, words].matching_score for words in ("orb", "cnn")})[0]
        for points in ("orb", "cnn")
    ]
    if winners == ["orb", "cnn"]:
        return f"{told}; each side's descriptors are clearly better at its own points"
    if winners[0] and winners[0] == winners[1]:
        return f"{told}; {of(winners[0])} descriptors are clearly better at the points of both"
    return told


def _in_the_maps(feature_maps: FeatureMaps) -> str:
    """Tell where ORB's corners can be read off the network, and whether it chooses them too."""
    told = []
    read = [layer for layer in feature_maps.layers if layer.probe_average_precision is not None]
    if read:
        best = max(read, key=lambda layer: layer.probe_average_precision or 0.0)
        told.append(
            f"a linear probe tells ORB's points from other places best in the layer "
            f"“{best.title}”, with an average precision of {best.probe_average_precision:.2f}"
            f"{_baselines(feature_maps, best)}"
        )
    common = feature_maps.common_points
    if common.orb_near_learned is not None and common.chance_orb_near_learned is not None:
        told.append(
            f"{percent(common.orb_near_learned)} of ORB's points have one of the network's within "
            f"{common.tolerance:g} px (by chance {percent(common.chance_orb_near_learned)})"
        )
    return "; ".join(told)


def _baselines(feature_maps: FeatureMaps, layer: LayerMaps) -> str:
    """Tell how well a probe does without what the layer has learned."""
    known = {
        "Harris's response alone": feature_maps.harris_average_precision,
        "the layer before training": layer.probe_untrained,
        "guessing": layer.probe_chance,
    }
    told = [f"{name}: {value:.2f}" for name, value in known.items() if value is not None]
    return f" ({', '.join(told)})" if told else ""
