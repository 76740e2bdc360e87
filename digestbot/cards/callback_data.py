"""Callback data of buttons: the command to run, and the path back from the card it opens."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from digestbot.cards.card import Button

_DATA = re.compile(r"1([>!=])([^|]+)(?:\|(.*))?", re.DOTALL)
FORM_PREFIX = "1="
"""What the data of a button begins with that asks for words."""
_TOKEN_DATA = re.compile(r"1#([0-9a-f]{16})\|*")
_PAGE_SUFFIX = re.compile(r" p\d{1,4}$")
_REFERENCE = re.compile(r"#([0-9a-f]{16})((?: p\d{1,4})?)")
_REFERENCE_LENGTH = 17
_PROMPT_MARK = "? "
_MAX_HISTORY = 2
_DUPLICATE_WINDOW_SECONDS, _MAX_RECENT_TAPS = 3.0, 1000


@dataclass(frozen=True, slots=True)
class ButtonAction:
    """The action of a button: its command, whether it keeps the card, and the commands of the cards to go back to.

    With a ``prompt``, the person is asked for the words that follow the command; it is a reference to that sentence
    until it is restored.
    """

    command: str
    keeps_card: bool = False
    history: tuple[str, ...] = ()
    prompt: str = ""

    def encode(self) -> str:
        """Encode as callback data of any length, with bars between the commands; bars within them become spaces."""
        if self.prompt:
            return f"{FORM_PREFIX}{self.command.replace('|', ' ')}|{self.prompt}"
        first, *history = (command.replace("|", " ") for command in (self.command, *self.history))
        return "|".join((f"1{'!' if self.keeps_card else '>'}{first}", *history))

    @classmethod
    def decode(cls, data: str) -> ButtonAction | None:
        """Decode callback data; ``None`` for data that no button of this version sends."""
        match = _DATA.fullmatch(data)
        if match is None:
            return None
        if match[1] == "=":
            prompt = (match[3] or "").rstrip("|")
            return cls(match[2], prompt=prompt) if _REFERENCE.fullmatch(prompt) else None
        return cls(match[2], match[1] == "!", tuple(filter(None, (match[3] or "").split("|")))[:_MAX_HISTORY])

    def should_refresh_card(self, *, in_group: bool) -> bool:
        """Whether the kept card contains a switch whose state has changed.

        Neither lists of papers nor cards in groups show whether a paper is saved.
        """
        if not self.history or self.command.split(" ", 1)[0] == "test":
            return False
        if self.command.split(" ", 1)[0] in ("save", "unsave"):
            return not in_group and self.history[0].startswith("paper")
        return True


def store_prompt(action: ButtonAction) -> tuple[ButtonAction, dict[str, str]]:
    """The action with a reference to what it asks, and that by its token.

    It is always stored, marked as what it is: Telegram's clients may send any data, and nobody may have the bot say
    what they like.
    """
    text = f"{_PROMPT_MARK}{action.prompt}"
    token = compute_token(text)
    return replace(action, prompt=f"#{token}"), {token: text}


def restore_prompt(action: ButtonAction, stored: str | None) -> ButtonAction | None:
    """The action with what it asks, as it was stored; ``None`` if that is no prompt, or not there any more."""
    is_prompt = stored is not None and stored.startswith(_PROMPT_MARK)
    return replace(action, prompt=stored.removeprefix(_PROMPT_MARK)) if stored and is_prompt else None


def shorten_history(action: ButtonAction) -> tuple[ButtonAction, dict[str, str]]:
    """The action with references to the long commands of its way back, and these commands by their tokens."""
    commands: dict[str, str] = {}
    return replace(action, history=tuple(_shorten_command(command, commands) for command in action.history)), commands


def shorten_commands(action: ButtonAction) -> tuple[ButtonAction, dict[str, str]]:
    """The same, with a reference to its own command too."""
    shortened, commands = shorten_history(action)
    return replace(shortened, command=_shorten_command(action.command, commands)), commands


def _shorten_command(command: str, commands: dict[str, str]) -> str:
    """A reference to the command, and its page; added to ``commands``. One that is not longer stays."""
    page = match[0] if (match := _PAGE_SUFFIX.search(command)) else ""
    text = command.removesuffix(page).replace("|", " ")
    if len(text.encode()) <= _REFERENCE_LENGTH:
        return command
    token = compute_token(text)
    commands[token] = text
    return f"#{token}{page}"


def list_references(action: ButtonAction) -> list[str]:
    """The tokens of the commands that an action only refers to."""
    return [match[1] for command in (action.command, *action.history) if (match := _REFERENCE.fullmatch(command))]


def restore_commands(action: ButtonAction, commands: Mapping[str, str]) -> ButtonAction | None:
    """The action with the commands that it refers to, by their tokens; ``None`` if one is not there any more."""
    if not all(commands.get(token) for token in list_references(action)):
        return None
    command, *history = (
        commands[match[1]] + match[2] if (match := _REFERENCE.fullmatch(one)) else one
        for one in (action.command, *action.history)
    )
    return replace(action, command=command, history=tuple(history))


def compute_token(data: str) -> str:
    """The token under which overlong callback data is stored: 16 characters of ``0-9a-f``, derived from the data."""
    return hashlib.sha256(data.encode()).hexdigest()[:16]


def encode_token(token: str) -> str:
    """The callback data of a button whose own data is too long."""
    return f"1#{token}"


def decode_token(data: str) -> str | None:
    """The token that the callback data refers to; ``None`` if it is not a token."""
    match = _TOKEN_DATA.fullmatch(data)
    return match[1] if match else None


class TapDeduplicator:
    """Recognizes a tap that arrives twice.

    A tap is a duplicate if the same person tapped the same button of the same card within the last three seconds,
    with no tap on another button of that card in between: so a switch can still be toggled back and forth.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._recent_taps: OrderedDict[tuple[str, int], tuple[str, float]] = OrderedDict()

    def is_duplicate(self, message_id: str, user_id: int, data: str) -> bool:
        """Record a tap; true if it repeats the previous one. ``message_id`` identifies the card."""
        key = (message_id, user_id)
        last_data, until = self._recent_taps.get(key, ("", 0.0))
        self._recent_taps[key] = (data, self._now() + _DUPLICATE_WINDOW_SECONDS)
        self._recent_taps.move_to_end(key)
        if len(self._recent_taps) > _MAX_RECENT_TAPS:
            self._recent_taps.popitem(last=False)
        return last_data == data and until > self._now()


@dataclass(frozen=True, slots=True)
class NavigationHistory:
    """The back path of a card: ``commands`` show the cards it was opened from, the most recent first.

    ``prefix`` is put before every command when the buttons act on another chat.
    """

    commands: tuple[str, ...] = ()
    prefix: str = ""

    def add_prefix(self, command: str) -> str:
        """The command, prefixed with the chat it acts on."""
        return f"{self.prefix} {command}" if self.prefix and not command.startswith(self.prefix) else command

    def history_after(self, current_command: str, button: Button) -> tuple[str, ...]:
        """The history of the card that a button opens from the card shown by ``current_command``.

        Another page of the same list keeps the history, and going back is not added to it.
        """
        if not button.keeps_card and button.command in self.commands[:1]:
            return self.commands[1:]
        if not current_command or (not button.keeps_card and _is_same_list(current_command, button.command)):
            return self.commands
        return (self.add_prefix(current_command), *self.commands)[:_MAX_HISTORY]

    def action_for(self, current_command: str, button: Button) -> ButtonAction:
        """The action of a button on the card shown by ``current_command``."""
        command = self.add_prefix(button.command)
        if button.prompt:
            return ButtonAction(command, prompt=button.prompt)
        return ButtonAction(command, button.keeps_card, self.history_after(current_command, button))


NO_HISTORY = NavigationHistory()
"""The history of a card that was requested directly or sent by the bot itself."""


def _is_same_list(command: str, other_command: str) -> bool:
    return _name_list(command) == _name_list(other_command)


def _name_list(command: str) -> str:
    """A command without its page; a paper's summary is part of the paper's own card."""
    return re.sub(r" p\d+$", "", re.sub(r"^summarize (?!pdf:)", "paper ", command))
