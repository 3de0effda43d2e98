"""What featmatch raises.

- ``ValueError`` and ``TypeError``: the caller's mistake, told as *name, expected, got*.
- `FeatmatchError`: something outside the caller's code went wrong.

  - `ImageReadError`: a file or object does not hold a readable image.
  - `OutputError`: a result cannot be written.
  - `MissingExtraError`: an optional package is not installed.
  - `WeightsError`: a file of weights or a checkpoint is missing, damaged or of another network.
  - `SuiteError`: a suite of pairs, or its ground truth, is missing or damaged.
  - `TrainingError`: training cannot go on, as its loss is no longer a finite number.

No keypoints, no matches and no model are ordinary values, never exceptions.
"""

from __future__ import annotations


class FeatmatchError(Exception):
    """Base of the errors that featmatch raises for causes outside the caller's code."""


class ImageReadError(FeatmatchError):
    """A file or object does not hold a readable image."""


class OutputError(FeatmatchError):
    """A result cannot be written to the place that was asked for."""


class MissingExtraError(FeatmatchError):
    """A feature needs an optional package that is not installed."""


class WeightsError(FeatmatchError):
    """A file of weights or a checkpoint is missing, damaged or of another network."""


class SuiteError(FeatmatchError):
    """A suite of pairs of images, or the ground truth in it, is missing or damaged."""


class TrainingError(FeatmatchError):
    """Training cannot go on, as its loss is no longer a finite number."""
