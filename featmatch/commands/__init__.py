"""The command line: ``featmatch match``, ``detect``, ``compare-cnn`` and others, one a file."""

from featmatch.commands.main import main

__all__ = ["main"]
