"""Commands with nothing behind them, which need none of what reads sentences (``meaning.py``)."""

from __future__ import annotations

from typing import NamedTuple

from digestbot.core.lines.typed_line import read_line


class MeantCommand(NamedTuple):
    """A command by its name, empty if there is none such, and its arguments.

    ``typed_name`` is the name as it was typed, ``is_named`` whether the line has one; ``is_guessed`` says that it was
    mistyped.
    """

    name: str
    args: tuple[str, ...]
    typed_name: str = ""
    is_named: bool = True
    is_guessed: bool = False


def find_bare_command(text: str) -> MeantCommand | None:
    """The command that a line with a slash is all of; ``None`` for any other line."""
    if not text.lstrip().startswith(("/", "／")):
        return None
    line = read_line(text)
    return MeantCommand(line.name, ()) if line.is_sure and line.name and not line.words else None
