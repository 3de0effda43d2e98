"""What featmatch raises.

- `FeatmatchError`: all of it.

  - `ArgumentError`, a ``ValueError`` too: the caller's mistake, told as *name, expected, got*.

    - `ArgumentTypeError`, a ``TypeError`` too: a value of another type than can be taken.

  - `ReadError`: an input cannot be read, or does not hold what it should; such as a matrix.

    - `ImageReadError`: a file or object does not hold a readable image.
    - `FeaturesReadError`: a file does not hold features, or matches, that can be used here.
    - `WeightsError`: a file of weights or a checkpoint is missing, damaged or of another network.
    - `SuiteError`: a suite of pairs, or its ground truth, is missing or damaged.

  - `OutputError`: a result cannot be written.
  - `MissingExtraError`: an optional package is not installed.
  - `TrainingError`: training cannot go on, as its loss is no longer a finite number.

Any other exception is an internal error. No keypoints, no matches and no model are
ordinary values, never exceptions.
"""

from __future__ import annotations


class FeatmatchError(Exception):
    """Base of all errors that featmatch raises on purpose."""


class ArgumentError(FeatmatchError, ValueError):
    """An argument is not what was expected: the caller's mistake."""


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument is of another type than was expected, or does not go with the others."""


class ReadError(FeatmatchError):
    """An input cannot be read, or does not hold what it should."""


class ImageReadError(ReadError):
    """A file or object does not hold a readable image."""


class FeaturesReadError(ReadError):
    """A file does not hold features, or matches, that can be used here."""


class OutputError(FeatmatchError):
    """A result cannot be written to the place that was asked for."""


class MissingExtraError(FeatmatchError):
    """A feature needs an optional package that is not installed."""


class WeightsError(ReadError):
    """A file of weights or a checkpoint is missing, damaged or of another network."""


class SuiteError(ReadError):
    """A suite of pairs of images, or the ground truth in it, is missing or damaged."""


class TrainingError(FeatmatchError):
    """Training cannot go on, as its loss is no longer a finite number."""
