"""The command `featmatch`, and how every error becomes one line and an exit code."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from featmatch.errors import (
    FeatmatchError,
    FeaturesReadError,
    ImageReadError,
    SuiteError,
    WeightsError,
)
from featmatch.version import __version__

COMMANDS = ("match", "verify", "detect", "compare-cnn", "explain", "methods", "train", "bench")
"""Each is a function of its name, in a file of its name; with _ for -."""

WRONG_USAGE = 2
UNREADABLE_INPUT = 3
INTERNAL_ERROR = 4
INTERRUPTED = 130
UNREADABLE = (FeaturesReadError, ImageReadError, SuiteError, WeightsError)


class _LateCommands(click.Group):
    """Loads a command when it is used: training needs the engine, matching may not."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        name = name.replace("-", "_")
        command: click.Command = getattr(import_module(f"featmatch.commands.{name}"), name)
        return command


@click.group(cls=_LateCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def featmatch_command() -> None:
    """Match photographs with local features.

    Exit codes: 0 done (match: the images match), 1 the images do not match, 2 wrong usage or an
    output that cannot be written, 3 an input that cannot be read, 4 an internal error.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        None takes those of the process.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # A file's name may hold letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = featmatch_command.main(list(arguments), prog_name="featmatch", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort) as error:
        code = _fail(str(error) or "interrupted", INTERRUPTED)
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        code = _fail(*_explain(error))
    sys.exit(code if isinstance(code, int) else 0)


def _explain(error: Exception) -> tuple[str, int]:
    """Put an error into one sentence, with the exit code that goes with it."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message(), WRONG_USAGE
    if isinstance(error, click.UsageError):
        context = error.ctx.command_path if error.ctx else "featmatch"
        return f"{error.format_message()} Try '{context} --help'.", WRONG_USAGE
    if isinstance(error, UNREADABLE):
        return str(error), UNREADABLE_INPUT
    if isinstance(error, FeatmatchError):
        return str(error), WRONG_USAGE
    if isinstance(error, MemoryError):
        return "not enough memory; make the images smaller with --max-size", INTERNAL_ERROR
    kind = type(error).__name__
    return f"internal error ({kind}: {error}); --debug shows where", INTERNAL_ERROR


def _fail(message: str, code: int) -> int:
    if not message.startswith("Usage:"):
        message = "featmatch: " + " ".join(message.splitlines())
    click.echo(message, err=True)
    return code
