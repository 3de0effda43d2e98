"""Memory that arrays give up, kept for the next arrays."""

from __future__ import annotations

import ctypes

# Parameters of mallopt(3), from malloc.h of the GNU C library, and what to set them to.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_SETTINGS = {_MMAP_THRESHOLD: 256 << 20, _TRIM_THRESHOLD: 512 << 20, _TOP_PAD: 64 << 20}


def keep_freed_memory() -> bool:
    """Keep the memory that arrays free, instead of handing it back to the operating system.

    A training step frees and needs again hundreds of megabytes, and every page that comes back
    from the operating system has to be cleared first; without that, a step can take two thirds of
    the time. The setting is for the whole process, for good, and lets it hold up to half a gigabyte
    more than it uses: it is meant for programs that do little else than training.

    Returns
    -------
    bool
        Whether it could be set: with the GNU C library alone, so on most Linux systems.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # other C libraries; on Windows, there is no None
        return False
    return all(set_option(option, value) == 1 for option, value in _SETTINGS.items())
