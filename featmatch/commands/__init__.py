"""The command line: ``featmatch match``, ``detect`` and ``methods``."""

from featmatch.commands.main import main

__all__ = ["main"]
