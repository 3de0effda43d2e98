"""Choose the steps of ``method="auto"``, their order and when to stop, on all suites together.

    python tests/benchmarks/choose_ladder.py SUITE... -o OUT

Every step is taken alone on every pair, once (OUT/scores.jsonl: what is there is not done again).
From these scores follows what any ladder of steps would have answered, and how long it would have
taken: it stops at the first step whose model is sure enough. The best ladder is the one with the
highest mean over suites of what these ask for, among those that take no more than a given time.
Then each suite is left out in turn: the ladder chosen without it tells what such a choice is worth
on pairs that it was not made on.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from featmatch.auto import EQUALLY_PROBABLE, LIKELY, PLANS
from featmatch.evaluation.bench.bench import bench
from featmatch.evaluation.bench.summary import summarize
from featmatch.matching.neighborhoods import Neighborhoods
from featmatch.matching.turn_matcher import TurnMatcher
from featmatch.methods import METHODS, with_options

FIRST = PLANS["normal"].steps[0].pipeline
STEPS = {"orb 2000": FIRST} | {name: METHODS[name] for name in ("sift", "cnn", "affine-sift")}
STEPS |= {
    "sift, neighborhoods": with_options(METHODS["sift"], {"neighborhoods": Neighborhoods()}),
    "cnn, ratio test": with_options(METHODS["cnn"], {"max_ratio": TurnMatcher.max_ratio}),
}
ORDER = ("orb 2000", "sift", "sift, neighborhoods", "cnn, ratio test", "cnn", "affine-sift")
SURE = (0.6, 0.7, 0.85)
SURE_OF_CORNERS = (0.7, 0.9, 0.97)
FALSE_YES = 10.0  # as bad as so many missed pairs


@dataclass(frozen=True)
class Ladder:
    """Steps, and the confidence at which no other is taken: in a model, and in lines by ORB."""

    steps: tuple[str, ...]
    sure: float
    sure_of_corners: float

    def climb(self, scores):
        """The score of the answer to a pair, from those of each step alone, and the seconds."""
        taken = []
        for step in self.steps:
            taken.append(scores[step])
            if self.is_sure(taken[-1]) or is_no_surer(taken):
                break
        return most_trusted(taken), sum(score.seconds for score in taken)

    def is_sure(self, score):
        """As `PlannedStep.is_sure` of `featmatch.auto`."""
        of_corners = score.method == "orb 2000" and score.kind != "planar"
        enough = self.sure_of_corners if of_corners else self.sure
        return score.accepted and score.model_confidence >= enough

    def __str__(self):
        return f"{' -> '.join(self.steps)} ({self.sure:.2f}, {self.sure_of_corners:.2f})"


def is_no_surer(scores):
    """As `featmatch.auto.is_no_surer`; what kind of model it is, is what the pair asks for."""
    *before, last = scores
    maps = [score for score in before if score.accepted and score.kind == "planar"]
    if not maps or not last.accepted:
        return False
    surest = max(score.model_confidence for score in maps)
    return surest >= LIKELY and abs(last.model_confidence - surest) <= EQUALLY_PROBABLE


def most_trusted(scores):
    """Choose an answer as `featmatch.auto` does, but for patches, which scores do not tell."""
    accepted = [score for score in scores if score.accepted]
    surest = max((score.model_confidence for score in accepted), default=0.0)
    equals = [score for score in accepted if score.model_confidence >= surest - EQUALLY_PROBABLE]
    return max(equals or scores, key=lambda score: (-score.log10_false_alarms, score.num_inliers))


def all_ladders():
    """Ladders of up to four steps, the cheap ones first, never one step in two forms."""
    for num in (1, 2, 3, 4):
        for steps in itertools.combinations(ORDER, num):
            names = [step.split(",")[0] for step in steps]
            if len(set(names)) == num:
                for sure in itertools.product(SURE, SURE_OF_CORNERS):
                    yield Ladder(steps, *sure)


def value(scores):
    """What a suite asks for, in percent: accuracy, poses and right verdicts alike."""
    summary = summarize(scores)
    areas = [area[1] for area in (summary.homography_auc, summary.pose_auc) if area]
    lines = [summary.epipolar_accuracy.mean] if summary.epipolar_accuracy else []
    accepted = [] if summary.accepted is None else [summary.accepted]
    known = areas + lines + accepted
    wrong = FALSE_YES * (summary.false_accepts or 0.0)
    return 100 * ((float(np.mean(known)) if known else 1.0) - wrong)


def climbed(ladder, pairs):
    """Value and mean seconds of a ladder on a suite."""
    answers, seconds = zip(*(ladder.climb(scores) for scores in pairs), strict=True)
    return value(list(answers)), float(np.mean(seconds))


def best_of(table, suites, max_seconds):
    """The ladder with the highest mean over suites, and of equal ones the fastest."""

    def mean(ladder, column):
        return float(np.mean([table[ladder][suite][column] for suite in suites]))

    fast = [ladder for ladder in table if mean(ladder, 1) <= max_seconds]
    return max(fast or table, key=lambda ladder: (round(mean(ladder, 0), 1), -mean(ladder, 1)))


@click.command()
@click.argument("suites", nargs=-1, required=True)
@click.option("-o", "--output", required=True, help="Folder of the scores.")
@click.option("--max-pairs", type=int, help="So many pairs of each suite.")
@click.option("--max-seconds", type=float, default=np.inf, help="Mean of the suites' means.")
@click.option("--processes", type=int, default=1)
def main(suites, output, max_pairs, max_seconds, processes):
    """Print the best ladders, and what each suite gets where it is left out."""
    options = {"folder": output, "max_pairs": max_pairs, "num_processes": processes}
    pairs: defaultdict[str, Any] = defaultdict(lambda: defaultdict(dict))
    for score in bench(suites, {name: STEPS[name] for name in ORDER}, **options).scores:
        pairs[score.suite][score.pair][score.method] = score
    table = {
        ladder: {name: climbed(ladder, list(own.values())) for name, own in pairs.items()}
        for ladder in all_ladders()
    }
    ranked = sorted(table, key=lambda ladder: -np.mean([row[0] for row in table[ladder].values()]))
    chosen = best_of(table, list(pairs), max_seconds)
    for ladder in (chosen, *ranked[:10]):
        cells = [f"{name} {row[0]:.1f} ({row[1]:.2f} s)" for name, row in table[ladder].items()]
        print(ladder, "|", ", ".join(cells))
    for left_out in pairs:
        others = [name for name in pairs if name != left_out]
        ladder = best_of(table, others, max_seconds) if others else chosen
        lost = max(row[left_out][0] for row in table.values()) - table[ladder][left_out][0]
        print(f"without {left_out}: {ladder}; there {lost:.1f} below the best of all")


if __name__ == "__main__":
    main()
