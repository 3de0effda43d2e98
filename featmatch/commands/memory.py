"""Too little memory: the many errors that tell of it, and what a user can do."""

from __future__ import annotations

import os
from collections.abc import Iterable

from featmatch.memory import require_memory

TOO_LITTLE_MEMORY = 4
"""The exit code, which is that of internal errors too."""

_NEEDED = 250_000_000
_NEEDED_BY_PROCESSOR = 400_000_000
"""Bytes of address space that a command takes, as measured with small images: most of it by the
linear algebra of NumPy and of OpenCV, and the threads, for each processor."""

_MOST_PROCESSORS = 64  # that the linear algebra in NumPy's and OpenCV's packages makes room for

_ADVICE = {
    "--max-size": "make the images smaller with --max-size",
    "--max-keypoints": "keep fewer keypoints with --max-keypoints",
    "--processes": "let fewer work at a time with --processes",
}
_WORDS = (
    "(-4:Insufficient memory)",  # OpenCV
    "bad_alloc",  # C++, told by OpenCV
    "can't start new thread",  # Python
    "failed to map segment",  # the loader of libraries
    "Cannot allocate memory",
)


class NotEnoughMemoryError(Exception):
    """There is too little memory for a command; it says which of its options help."""


def lack_of_address_space() -> str | None:
    """Say what is wrong if this process may not have what a command needs at least; else None.

    Where a limit (``ulimit -v``) leaves less, libraries crash when they are loaded or begin a
    thread, and nothing can be said any more.
    """
    processors = min(_num_processors(), _MOST_PROCESSORS)
    needed = _NEEDED + processors * _NEEDED_BY_PROCESSOR
    try:
        require_memory(needed)
    except MemoryError:
        fewer = ", or use fewer processors (taskset)" if processors > 1 else ""
        return (
            f"not enough memory; a command needs {needed / 1e9:.2f} GB of address space here: "
            f"allow more (ulimit -v){fewer}"
        )
    return None


def _num_processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def is_lack_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that there is too little memory."""
    # NumPy's error is a MemoryError, too.
    return isinstance(error, MemoryError) or any(word in str(error) for word in _WORDS)


def memory_advice(options: Iterable[str] = ()) -> str:
    """Say that there is too little memory, and which of a command's options help."""
    given = set(options)
    advice = [words for option, words in _ADVICE.items() if option in given]
    return f"not enough memory; {', or '.join(advice) or 'close other programs'}"
