"""The line that a person types at a terminal; the arrow keys choose what the last card offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import FuzzyCompleter, WordCompleter
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.utils import get_cwidth

from digestbot.i18n import translate
from digestbot.platforms.console.choices import Choice

_MARK = "› "
_MAX_SHOWN = 7
"""How many choices are shown at once, so that the card above stays in sight."""


class Prompt:
    """Reads lines; ``list_choices`` tells what there is to choose from."""

    def __init__(self, language: str, words: Sequence[str], list_choices: Callable[[], Sequence[Choice]]) -> None:
        self._language = language
        self._list_choices = list_choices
        self._choices: Sequence[Choice] = ()
        self._index = 0
        self._session: PromptSession[str] = PromptSession(
            self._format_message,
            completer=FuzzyCompleter(WordCompleter(list(words), sentence=True)),
            complete_while_typing=True,
            key_bindings=self._bind_keys(),
            rprompt=self._format_hint,
        )

    async def read_line(self) -> str:
        """The next line, typed or chosen. Raises :class:`EOFError` at the end, and :class:`KeyboardInterrupt`."""
        self._choices = ()
        with patch_stdout(raw=True):
            return (await self._session.prompt_async()).strip()

    @property
    def _is_choosing(self) -> bool:
        """Whether the line is that of a choice: whoever types on has chosen nothing."""
        return bool(self._choices) and self._session.default_buffer.text == self._choices[self._index].line

    def _can_choose(self) -> bool:
        buffer = self._session.default_buffer
        has_begun = bool(buffer.text or buffer.complete_state)
        return self._is_choosing or (not has_begun and bool(self._list_choices()))

    def _bind_keys(self) -> KeyBindings:
        keys = KeyBindings()
        keys.add("down", filter=Condition(self._can_choose))(self._choose_next)
        keys.add("up", filter=Condition(self._can_choose))(self._choose_previous)
        keys.add("escape", filter=Condition(lambda: self._is_choosing), eager=True)(self._stop_choosing)
        return keys

    def _choose_next(self, event: KeyPressEvent) -> None:
        self._choose(event, 0, 1)

    def _choose_previous(self, event: KeyPressEvent) -> None:
        self._choose(event, -1, -1)

    def _choose(self, event: KeyPressEvent, first: int, step: int) -> None:
        if self._is_choosing:
            self._index = (self._index + step) % len(self._choices)
        else:  # what a card offers that comes meanwhile moves nothing under the person's hand
            self._choices = self._list_choices()
            self._index = first % len(self._choices)
        buffer = event.current_buffer
        buffer.text = self._choices[self._index].line
        buffer.cursor_position = len(buffer.text)

    def _stop_choosing(self, event: KeyPressEvent) -> None:
        self._choices = ()
        event.current_buffer.reset()

    def _format_message(self) -> StyleAndTextTuples:
        if not self._is_choosing or get_app().is_done:
            return [("", _MARK)]
        start = max(0, min(self._index - _MAX_SHOWN // 2, len(self._choices) - _MAX_SHOWN))
        width = get_app().output.get_size().columns - 4
        lines: StyleAndTextTuples = []
        for number, choice in enumerate(self._choices[start : start + _MAX_SHOWN], start):
            is_chosen = number == self._index
            label = _shorten(choice.label, width)
            lines.append(("reverse" if is_chosen else "", f"{'▸' if is_chosen else ' '} {label}"))
            lines.append(("", "\n"))
        return [*lines, self._format_quietly("console.choosing"), ("", f"\n{_MARK}")]

    def _format_hint(self) -> StyleAndTextTuples:
        if get_app().is_done or self._is_choosing or not self._can_choose():
            return []
        return [self._format_quietly("console.choose")]

    def _format_quietly(self, key: str) -> tuple[str, str]:
        return "fg:ansibrightblack", translate(self._language, key)


def _shorten(text: str, width: int) -> str:
    """The text in one line of at most so many cells."""
    text = " ".join(text.split())
    if get_cwidth(text) <= width:
        return text
    while get_cwidth(text) >= width:
        text = text[:-1]
    return f"{text}…"
