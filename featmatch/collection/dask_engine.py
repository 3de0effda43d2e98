"""The engine that has other machines do the work, by Dask distributed."""

from __future__ import annotations

import secrets
from asyncio import CancelledError
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from featmatch import threads
from featmatch.errors import FeatmatchError, MissingExtraError, OutputError
from featmatch.files import unfinished, write_whole
from featmatch.threads import one_blas_thread
from featmatch.version import __version__

Job = TypeVar("Job")
Report = TypeVar("Report")

PATIENCE = "10s"  # for a scheduler to answer
_TRIES = 2  # more, of a job whose worker was lost


class DaskEngine:
    """Does jobs on the workers of a scheduler, which share a file system with this machine.

    Before the first job, every worker has to see the results' folder and to have the same versions.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``"tcp://192.168.1.5:8786"``.
    out : Path
        The folder of the results.

    Raises
    ------
    MissingExtraError
        Dask distributed is not installed.
    FeatmatchError
        The scheduler does not answer, or has no workers.
    """

    def __init__(self, address: str, out: Path) -> None:
        self._distributed = load_distributed()
        self._address = address
        self._out = out
        self._checked = False
        try:
            self._client: Any = self._distributed.Client(
                address, timeout=PATIENCE, set_as_default=False
            )
        except (OSError, ValueError, TypeError) as error:
            raise FeatmatchError(
                f"scheduler {address}: cannot be reached ({type(error).__name__}); start one with "
                "dask scheduler, and give its address, such as tcp://192.168.1.5:8786"
            ) from error
        if not self._workers():
            raise FeatmatchError(
                f"scheduler {address}: has no workers; start some with dask worker {address} "
                "--nthreads 1"
            )

    @property
    def num_processes(self) -> int:
        """How many jobs are done at the same time."""
        return max(1, sum(int(worker["nthreads"]) for worker in self._workers().values()))

    def run(
        self, work: Callable[[Job], Report], jobs: Sequence[Job]
    ) -> Generator[Report, None, None]:
        """See `Engine.run`."""
        if not self._checked:
            self._check_workers()
            self._checked = True
        run = secrets.token_hex(8)
        keys = [f"{work.__name__}-{run}-{number}" for number in range(len(jobs))]
        futures = self._client.map(
            _on_one_thread, [work] * len(jobs), jobs, key=keys, pure=False, retries=_TRIES
        )
        try:
            for future in self._distributed.as_completed(futures, loop=self._client.loop):
                yield future.result()
        except self._distributed.KilledWorker as error:
            raise FeatmatchError(
                "workers were killed again and again by one block of work, perhaps for lack of "
                "memory; what is done is kept"
            ) from error
        except (Exception, CancelledError) as error:
            if isinstance(error, FeatmatchError) or self._client.status == "running":
                raise  # what the work itself has raised
            raise FeatmatchError(
                f"scheduler {self._address}: was lost; what is done is kept, and the same command "
                "goes on"
            ) from error
        finally:
            with suppress(Exception, CancelledError):  # which all are raised by a lost scheduler
                self._client.cancel(futures)

    def _workers(self) -> dict[str, Any]:
        workers: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def _check_workers(self) -> None:
        """Refuse workers that would not find the files, or would find something else in them."""
        nonce = unfinished(self._out)
        write_whole(nonce, b"")
        try:
            told = self._client.run(_describe, str(nonce.absolute()))
        finally:
            nonce.unlink(missing_ok=True)
        here = versions()
        for address, (sees, there) in sorted(told.items()):
            if not sees:
                raise OutputError(
                    f"{self._out}: is not seen by worker {address}; give a folder that all "
                    "machines share, under one name"
                )
            if there != here:
                raise FeatmatchError(
                    f"worker {address}: has {there}, this machine has {here}; install the same"
                )


def load_distributed() -> Any:
    """Import Dask distributed; a MissingExtraError says how to install it."""
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError(
            "scheduler: expected Dask distributed to be installed; pip install 'featmatch[dask]'"
        ) from error
    return distributed


def versions() -> str:
    """Name the versions that results depend on."""
    return f"featmatch {__version__}, OpenCV {cv2.__version__}, NumPy {np.__version__}"


def _describe(nonce: str) -> tuple[bool, str]:
    """Say of a worker whether it sees a file, and what is installed."""
    return Path(nonce).is_file(), versions()


def _on_one_thread(work: Callable[[Job], Report], job: Job) -> Report:
    cv2.setNumThreads(1)
    threads.set_num_threads(1)
    with one_blas_thread():
        return work(job)
