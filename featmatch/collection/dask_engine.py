"""The engine that has other machines do the work, by Dask distributed."""

from __future__ import annotations

import secrets
from asyncio import CancelledError
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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


@dataclass(frozen=True)
class DaskEngine:
    """Does jobs on the workers of a scheduler, which share a file system with this machine.

    Before jobs are begun, every worker has to see the results' folder and to have the same
    versions. A connection is closed when its jobs are done: none is left behind.

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

    address: str
    out: Path

    def __post_init__(self) -> None:
        if not self._num_threads():
            raise FeatmatchError(
                f"scheduler {self.address}: has no workers; start some with dask worker "
                f"{self.address} --nthreads 1"
            )

    @property
    def num_processes(self) -> int:
        """How many jobs are done at the same time; 1 while workers that were lost begin again."""
        return max(1, self._num_threads())

    def run(
        self, work: Callable[[Job], Report], jobs: Sequence[Job]
    ) -> Generator[Report, None, None]:
        """See `Engine.run`."""
        distributed = load_distributed()
        run = secrets.token_hex(8)
        keys = [f"{work.__name__}-{run}-{number}" for number in range(len(jobs))]
        with self._connected() as client:
            self._check_workers(client)
            futures = client.map(
                _on_one_thread, [work] * len(jobs), jobs, key=keys, pure=False, retries=_TRIES
            )
            try:
                for future in distributed.as_completed(futures, loop=client.loop):
                    yield future.result()
            except distributed.KilledWorker as error:
                raise FeatmatchError(
                    "workers were killed again and again by one block of work, perhaps for lack of "
                    "memory; what is done is kept"
                ) from error

    def _num_threads(self) -> int:
        with self._connected() as client:
            workers = client.scheduler_info(n_workers=-1)["workers"]
        return sum(int(worker["nthreads"]) for worker in workers.values())

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        """Connect to the scheduler; say so where it is lost. Jobs left at the end are given up."""
        distributed = load_distributed()
        # Made in two steps, to close it also where it finds nobody: what is left of it would stop
        # its thread when it is collected as garbage, and might wait for a lock that is held then.
        client = distributed.Client.__new__(distributed.Client)
        try:
            client.__init__(self.address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            with suppress(Exception, CancelledError):
                client.close()
            raise FeatmatchError(
                f"scheduler {self.address}: cannot be reached ({type(error).__name__}); start one "
                "with dask scheduler, and give its address, such as tcp://192.168.1.5:8786"
            ) from error
        try:
            yield client
        except (Exception, CancelledError) as error:
            lost = isinstance(error, distributed.comm.CommClosedError)
            if isinstance(error, FeatmatchError) or not (lost or client.status != "running"):
                raise  # what the work itself has raised
            raise FeatmatchError(
                f"scheduler {self.address}: was lost; what is done is kept, and the same command "
                "goes on"
            ) from error
        finally:
            with suppress(Exception, CancelledError):  # which all are raised by a lost scheduler
                client.close()

    def _check_workers(self, client: Any) -> None:
        """Refuse workers that would not find the files, or would find something else in them."""
        nonce = unfinished(self.out)
        write_whole(nonce, b"")
        try:
            told = client.run(_describe, str(nonce.absolute()))
        finally:
            nonce.unlink(missing_ok=True)
        here = versions()
        for address, (sees, there) in sorted(told.items()):
            if not sees:
                raise OutputError(
                    f"{self.out}: is not seen by worker {address}; give a folder that all "
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
