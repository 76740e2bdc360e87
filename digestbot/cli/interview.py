"""Questions to the person who sets the bot up, at a terminal or line by line from a pipe."""

from __future__ import annotations

import getpass
import sys
import warnings

from digestbot.late_patterns import compile_late

_MAX_ANSWER_CHARACTERS = 1_000
_TERMINAL_SEQUENCE = compile_late(r"\x1b\[[0-9;?]{0,20}[@-~]")
"""What an arrow key or a colour sends: https://ecma-international.org/publications-and-standards/standards/ecma-48."""
_YES = frozenset(("y", "yes", "j", "ja", "是", "好", "对"))
_NO = frozenset(("n", "no", "nein", "否", "不", "不要"))


class Interview:
    """Asks in a language; with ``takes_defaults`` each question is answered by its default."""

    def __init__(self, language: str, *, takes_defaults: bool = False) -> None:
        self.language = language
        self.takes_defaults = takes_defaults

    def say(self, key: str, **values: object) -> None:
        """Tell something that is no question."""
        self.write(self.translate(key, **values))

    def translate(self, key: str, **values: object) -> str:
        """A sentence in the language of the questions."""
        from digestbot.i18n import translate

        return translate(self.language, key, **values)

    def write(self, text: str = "") -> None:
        """Write a line as it is."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def ask(self, key: str, default: str = "", **values: object) -> str:
        """Ask for a line; an empty one is the default. Raises :class:`EOFError` at the end of the input."""
        question = self._format(key, default, values)
        if self.takes_defaults:
            self.write(question)
            return default
        return self._read_line(question) or default

    def ask_secret(self, key: str, **values: object) -> str:
        """Ask for a line that is not shown while it is typed; empty where there is none."""
        question = self._format(key, "", values)
        if self.takes_defaults:
            self.write(question)
            return ""
        if not sys.stdin.isatty():
            return self._read_line(question)
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # rather none than one that is shown
            return _clean_answer(getpass.getpass(question))

    def confirm(self, key: str, *, default: bool, **values: object) -> bool:
        """Ask for yes or no, until it is one of them."""
        while True:
            answer = self.ask(key, "y" if default else "n", **values).casefold()
            if answer in _YES or answer in _NO:
                return answer in _YES
            self.say("init.yes_or_no")

    def _format(self, key: str, default: str, values: dict[str, object]) -> str:
        shown = f" [{default}]" if default else ""
        return f"{self.translate(key, **values)}{shown}: "

    def _read_line(self, question: str) -> str:
        if sys.stdin.isatty():
            return _clean_answer(input(question))
        sys.stdout.write(question)
        sys.stdout.flush()
        if not (line := sys.stdin.readline()):
            raise EOFError
        self.write()
        return _clean_answer(line)


def _clean_answer(line: str) -> str:
    """What was typed, without keys that write nothing, and not longer than any answer."""
    typed = _TERMINAL_SEQUENCE.sub("", line)
    return "".join(char for char in typed if char.isprintable()).strip()[:_MAX_ANSWER_CHARACTERS]
