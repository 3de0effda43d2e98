"""The files that a training is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from featmatch.errors import ArgumentError
from featmatch.files import check_ending, check_place


@dataclass(frozen=True)
class RunFiles:
    """The files of a training, named after that of the weights.

    Parameters
    ----------
    weights : Path
        Ending in .npz.

    Raises
    ------
    ValueError
        The ending is another, or that of a checkpoint.
    """

    weights: Path

    def __post_init__(self) -> None:
        check_ending("output", self.weights, (".npz",))
        if Path(self.weights.stem).suffix == ".checkpoint":
            raise ArgumentError(
                "output: expected the name of the weights, not of the checkpoint beside them, "
                f"got {str(self.weights)!r}"
            )

    @property
    def record(self) -> Path:
        """What the weights were trained with, and how that went: .json."""
        return self.weights.with_suffix(".json")

    @property
    def curves(self) -> Path:
        """A place for a picture of the loss and the validation: .png."""
        return self.weights.with_suffix(".png")

    @property
    def checkpoint(self) -> Path:
        """What training goes on from, as long as it is not complete: .checkpoint.npz."""
        return self.weights.with_suffix(".checkpoint.npz")

    @property
    def checkpoint_record(self) -> Path:
        """What the checkpoint belongs to: .checkpoint.json."""
        return self.weights.with_suffix(".checkpoint.json")

    def __iter__(self) -> Iterator[Path]:
        yield from (self.weights, self.record, self.curves)
        yield from (self.checkpoint, self.checkpoint_record)

    def check_places(self) -> None:
        """Check that all of them can be written, before any work.

        Raises
        ------
        OutputError
            See `featmatch.files.check_place`.
        """
        for path in self:
            check_place(path)

    def remove_checkpoint(self) -> None:
        """Remove the checkpoint and its record, if they are there."""
        self.checkpoint.unlink(missing_ok=True)
        self.checkpoint_record.unlink(missing_ok=True)
