"""Lines that libraries write on stderr by themselves, past Python: users are not to see them.

libtiff, libjpeg and OpenCV tell of a damaged file there, beside the one sentence that featmatch
says of it. They know nothing but the file descriptor. So it leads nowhere while a command runs, and
what featmatch itself says goes to a copy of it. This concerns the whole process: it is for the
command line, which has a process of its own, and is done before there are other threads; the
library never does it.
"""

from __future__ import annotations

import faulthandler
import io
import os
import sys

_STDERR = 2  # its file descriptor


def hide_native_lines() -> int:
    """Let only what Python writes be seen on stderr, until the process ends.

    Where stderr is closed, or is something else already, nothing is changed. Python's report of a
    crash, if it was asked for (``python -X faulthandler``), is seen as before.

    Returns
    -------
    int
        The file descriptor of what is seen.
    """
    stderr = sys.stderr
    if not isinstance(stderr, io.TextIOWrapper) or stderr.fileno() != _STDERR:
        return _STDERR
    stderr.flush()
    seen = os.dup(_STDERR)
    sys.stderr = open(  # noqa: SIM115
        seen, "w", buffering=1, encoding=stderr.encoding, errors=stderr.errors, closefd=False
    )
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    if faulthandler.is_enabled():
        faulthandler.enable(seen)
    return seen
