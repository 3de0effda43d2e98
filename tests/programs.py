"""Programs that a test starts: they do not outlive it, whatever fails."""

from __future__ import annotations

import subprocess
from typing import Any


class Program(subprocess.Popen[Any]):
    """Killed where its context is left by an error: a test that fails does not wait for it."""

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if error is not None:
            self.kill()
        super().__exit__(kind, error, traceback)
