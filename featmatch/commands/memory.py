"""Too little memory: the many errors that tell of it, and what a user can do."""

from __future__ import annotations

from collections.abc import Iterable

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


def is_lack_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that there is too little memory."""
    # NumPy's error is a MemoryError, too.
    return isinstance(error, MemoryError) or any(word in str(error) for word in _WORDS)


def memory_advice(options: Iterable[str] = ()) -> str:
    """Say that there is too little memory, and which of a command's options help."""
    given = set(options)
    advice = [words for option, words in _ADVICE.items() if option in given]
    return f"not enough memory; {', or '.join(advice) or 'close other programs'}"
