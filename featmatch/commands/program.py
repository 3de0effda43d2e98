"""The command `featmatch`, and how every error becomes one line and an exit code."""

from __future__ import annotations

import errno
import io
import sys
import traceback
from importlib import import_module
from keyword import iskeyword
from typing import cast

import click

from featmatch.commands.memory import (
    TOO_LITTLE_MEMORY,
    NotEnoughMemoryError,
    is_lack_of_memory,
    memory_advice,
)
from featmatch.commands.printing import ForgivingStream, note
from featmatch.commands.signals import Signals
from featmatch.errors import FeatmatchError, ReadError
from featmatch.version import __version__

COMMANDS = (
    *("match", "verify", "align", "locate", "detect"),
    *("collect", "merge", "show", "export", "import"),
    *("compare-cnn", "explain", "methods", "train", "bench"),
)
"""Each is a function of its name, in a file of its name; with _ for -, and behind a keyword."""

WRONG_USAGE = 2
UNREADABLE_INPUT = 3
INTERNAL_ERROR = TOO_LITTLE_MEMORY
NOBODY_READS = 141  # as of a program that SIGPIPE has ended

_TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


class _LateCommands(click.Group):
    """Loads a command when it is used: training needs the engine, matching may not."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        name = name.replace("-", "_") + "_" * iskeyword(name)
        command: click.Command = getattr(import_module(f"featmatch.commands.{name}"), name)
        return command


@click.group(cls=_LateCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def featmatch_command() -> None:
    """Match photographs with local features.

    Exit codes: 0 done (match: the images match), 1 they do not match or cannot be aligned
    (locate: no scene shows the object, collect: no pair matches), 2 wrong usage or an output that
    cannot be written, 3 an input that cannot be read, 4 an internal error, or too little memory or
    too many open files, 130, 143 or 129 ended by Ctrl-C, SIGTERM or SIGHUP, 141 nothing reads the
    result any more.
    """


def run(arguments: list[str], signals: Signals) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str
    signals : Signals
        They become KeyboardInterrupt as soon as a command works.

    Returns
    -------
    int
        The exit code.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # A file's name may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.stderr is not None:
        sys.stderr = cast(io.TextIOWrapper, ForgivingStream(sys.stderr))
    try:
        code = featmatch_command.main(
            arguments, prog_name="featmatch", standalone_mode=False, obj=signals
        )
    except SystemExit as end:  # with 1 by click where it writes to a pipe that nothing reads
        return NOBODY_READS if end.code == 1 else int(end.code or 0)
    except (KeyboardInterrupt, click.Abort) as error:
        return _fail(str(error) or "interrupted", signals.exit_code)
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        if signals.came:  # and became another error on its way
            return _fail("interrupted", signals.exit_code)
        return _fail(*_explain(error))
    return code if isinstance(code, int) else 0


def _explain(error: Exception) -> tuple[str, int]:
    """Put an error into one sentence, with the exit code that goes with it."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message(), WRONG_USAGE
    if isinstance(error, click.UsageError):
        context = error.ctx.command_path if error.ctx else "featmatch"
        return f"{error.format_message()} Try '{context} --help'.", WRONG_USAGE
    if _has_too_many_files(error):
        return "too many files are open; allow more of them (ulimit -n)", INTERNAL_ERROR
    if isinstance(error, ReadError):
        return str(error), UNREADABLE_INPUT
    if isinstance(error, FeatmatchError):
        return str(error), WRONG_USAGE
    if isinstance(error, NotEnoughMemoryError):
        return str(error), INTERNAL_ERROR
    if is_lack_of_memory(error):
        return memory_advice(), INTERNAL_ERROR
    kind, reason = type(error).__name__, " ".join(str(error).splitlines())
    return f"internal error ({kind}: {reason}); --debug shows where", INTERNAL_ERROR


def _has_too_many_files(error: BaseException | None) -> bool:
    """Tell whether an error, or one that it was raised from, is of too many open files."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _TOO_MANY_FILES:
            return True
        error = error.__cause__ or error.__context__
    return False


def _fail(message: str, code: int) -> int:
    if message.startswith("Usage:"):
        note(message)
    else:
        note(f"featmatch: {message}".replace("\n", r"\n"))
    return code
