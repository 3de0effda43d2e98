"""Pairs of real photographs of one place, of which COLMAP has told what relates them.

A folder of photographs is reconstructed by pycolmap (the extra ``colmap``). Two of them show the
same where they share points of the reconstruction; these points, where COLMAP saw them, are the
truth. Half of the pairs are seen in other light than they were taken in.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pycolmap
from labeled_pairs import LabeledPair

from featmatch.learned.training.photometric import photometric_change

FORWARD, NARROW = 1.0, 4.0  # of the first two cameras: all motion forward, degrees between rays
MIN_SHARED = 30  # points of a reconstruction in both images: with fewer, nobody knows
LIGHT = 0.8  # strength of `photometric_change`, as of the pairs that are made


def solve(folder, work):
    """The largest reconstruction of the photographs of a folder, by one camera; kept in `work`."""
    kept = work / "largest"
    if not kept.exists():
        work.mkdir(parents=True, exist_ok=True)
        one = pycolmap.CameraMode.SINGLE
        pycolmap.extract_features(work / "colmap.db", folder, camera_mode=one)
        pycolmap.match_exhaustive(work / "colmap.db")
        options = pycolmap.IncrementalPipelineOptions()
        options.random_seed = 0
        options.min_model_size = 3
        options.mapper.init_max_forward_motion = FORWARD  # along a street
        options.mapper.init_min_tri_angle = NARROW
        models = pycolmap.incremental_mapping(work / "colmap.db", folder, work / "all", options)
        largest = max(models.values(), key=lambda model: model.num_reg_images())
        kept.mkdir()
        largest.write(kept)
    return pycolmap.Reconstruction(kept)


def shared_points(folder, work):
    """Pairs of files, and the (N, 2) points that both show: what `solved_pair` makes pairs of."""
    seen = {}
    for image in solve(folder, work).images.values():
        seen[image.name] = {
            point.point3D_id: point.xy for point in image.points2D if point.has_point3D()
        }
    found = []
    for (name0, points0), (name1, points1) in combinations(sorted(seen.items()), 2):
        common = sorted(points0.keys() & points1.keys())
        if len(common) >= MIN_SHARED:
            both = (np.array([points[key] for key in common]) for points in (points0, points1))
            found.append((Path(folder, name0), Path(folder, name1), *both))
    return found


def solved_pair(shared, rng):
    """A pair of one place, every other time in other light."""
    path0, path1, points0, points1 = shared
    image0, image1 = _in_other_light([_gray(path0), _gray(path1)], rng)
    half = 0.5  # px: the middle of COLMAP's first pixel
    return LabeledPair("place", image0, image1, points0 - half, points1 - half)


def other_place_pair(path, photograph, rng):
    """A photograph of a place, and one of something else."""
    other = cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY) if photograph.ndim == 3 else photograph
    image0, image1 = _in_other_light([_gray(path), other], rng)
    none = np.zeros((0, 2))
    return LabeledPair("two places", image0, image1, none, none)


def _gray(path):
    return cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


def _in_other_light(images, rng):
    if rng.random() < 0.5:
        return images
    lit = (photometric_change(image.astype(np.float32) / 255, rng, LIGHT) for image in images)
    return [np.round(255 * image).astype(np.uint8) for image in lit]
