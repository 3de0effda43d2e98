"""Whether memory can be had, asked before it is needed.

Libraries that run out of memory do not always say so: some crash. To ask is to map as much, and to
give it back untouched: it takes microseconds and none of the memory.
"""

from __future__ import annotations

import mmap


def require_memory(num_bytes: int) -> None:
    """Raise MemoryError if this process may not have so many bytes more.

    It is told of limits on a process (``ulimit -v``) and of a system that promises no more than it
    has. Where memory is promised that is not there, as Linux does by default, nothing is known.
    """
    try:
        mmap.mmap(-1, num_bytes).close()
    except (OSError, ValueError, OverflowError) as error:
        raise MemoryError(f"{num_bytes:,} bytes more cannot be had") from error
