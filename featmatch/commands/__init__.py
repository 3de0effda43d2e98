"""The command line: ``featmatch match``, ``detect``, ``methods`` and ``train``."""

from featmatch.commands.main import main

__all__ = ["main"]
