"""A match as a page whose points can be touched."""

from __future__ import annotations

import numpy as np

from featmatch.frames import frames_of, match_maps
from featmatch.geometry.evidence import Evidence
from featmatch.geometry.models import label_of
from featmatch.geometry.outlines import warped_border
from featmatch.geometry.shares import share_interval
from featmatch.report.match.matched import Matched
from featmatch.report.match.text import VERDICTS, match_facts
from featmatch.report.touch.page import touch_page
from featmatch.report.touch.pair import PicturePair, Relation, Table, Touched
from featmatch.types import Array, Kind

_ARRAY_UNITS = {"l2": "", "hamming": " (bits)", "hamming2": " (pairs of bits)"}


def match_page(result: Matched) -> bytes:
    """Show a match as a page: every match a point that shows its partner.

    The model shows where any point lies in the other image, and lays the images over each other if
    it is a map; it does neither if the verdict is that the images do not match.

    Parameters
    ----------
    result : Matched

    Returns
    -------
    bytes
        HTML that needs no other file and no network; see `touch_page`.
    """
    verdict = result.verdict
    return touch_page(
        Touched(
            title=VERDICTS[verdict.kind].capitalize(),
            lead=f"{verdict.reason[0].upper()}{verdict.reason[1:]}.",
            facts=match_facts(result),
            tables=(_models_table(result),) if result.models else (),
            pairs=(PicturePair(result.image0, result.image1, (_relation(result),)),),
        )
    )


def _relation(result: Matched) -> Relation:
    believed = result.verdict.accepted and result.num_inliers > 0
    homography = result.homography if believed else None
    outline0, outline1 = None, None
    if result.part is not None:
        outline0, outline1 = result.part.outline0, result.part.outline1
    elif homography is not None:
        outline1 = warped_border(homography, result.image0.size, result.points0[result.inliers])
    return Relation(
        label="match",
        points0=result.points0,
        points1=result.points1,
        inliers=result.inliers,
        measures=_measures(result),
        homography=homography,
        fundamental=result.fundamental if believed and homography is None else None,
        surroundings=_surroundings(result) if homography is None else None,
        outline0=outline0,
        outline1=outline1,
        error=result.predicted_error if homography is not None else None,
    )


def _measures(result: Matched) -> dict[str, Array]:
    measures = {"residual (px)": result.geometry.residuals} if result.geometry else {}
    unit = _ARRAY_UNITS[result.features0.norm]
    distances = {f"distance of descriptors{unit}": result.matches.distances}
    return {**measures, "ratio to the second nearest": result.matches.ratios, **distances}


def _surroundings(result: Matched) -> Array:
    """(M, 2, 2) how keypoints say that their surroundings move; not at all where they say none."""
    frames0, frames1 = (
        frames_of(features)[result.matches.indices[:, number]]
        for number, features in enumerate((result.features0, result.features1))
    )
    maps, sound = match_maps(frames0, frames1)
    return np.where(sound[:, None, None], maps, np.eye(2))


def _models_table(result: Matched) -> Table:
    headers = ("model", "agreeing", "log10 of false alarms", "patches alike", "against it")
    rows = [_model_row(kind, evidence) for kind, evidence in result.models.items()]
    return Table("Models that were looked for", headers, tuple(rows))


def _model_row(kind: Kind, evidence: Evidence) -> tuple[str, ...]:
    agreement = "–"
    if evidence.patch_agreement is not None:
        low, high = share_interval(evidence.patch_agreement, evidence.num_patches)
        agreement = f"{100 * evidence.patch_agreement:.0f} % ({100 * low:.0f} to {100 * high:.0f})"
    return (
        label_of(kind),
        f"{evidence.geometry.num_inliers:,}",
        f"{evidence.log10_false_alarms:.0f}",
        agreement,
        evidence.flaw.text if evidence.flaw else "nothing",
    )
