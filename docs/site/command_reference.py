"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

import re

import click

from featmatch.commands.program import COMMANDS, featmatch_command


def command_reference() -> str:
    """Return Markdown: each command with its usage, what it does, and a table of its options."""
    return "\n".join(_command(name) for name in COMMANDS)


def _command(name: str) -> str:
    command = featmatch_command.get_command(click.Context(featmatch_command), name)
    assert command is not None
    context = click.Context(command, info_name=f"featmatch {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    rows = [f"| {_code(names)} | {_cell(text)} |" for names, text in filter(None, records)]
    return "\n".join(
        [
            f"## featmatch {name}\n",
            f"```text\nfeatmatch {name} {usage}\n```\n",
            _paragraphs(command.help or ""),
            "\n| option | what it does |\n|---|---|",
            *rows,
            "",
        ]
    )


def _paragraphs(text: str) -> str:
    """Escape what Markdown would take for its own."""
    return re.sub(r"([*_<>\[\]])", r"\\\1", text.replace("\b\n", ""))


def _cell(text: str) -> str:
    return _paragraphs(" ".join(text.split())).replace("|", "\\|")


def _code(names: str) -> str:
    return "<code>{}</code>".format(
        names.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    )
