"""What a button sends when it is tapped: a command again, and the way back from the card that it opens."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from digestbot.cards.card import Button

_DATA = re.compile(r"1([>!])([^|]+)(?:\|(.*))?", re.DOTALL)
_TOKEN_DATA = re.compile(r"1#([0-9a-f]{16})\|*")
_MAX_HISTORY = 2
_DUPLICATE_WINDOW_SECONDS, _MAX_RECENT_TAPS = 3.0, 1000


@dataclass(frozen=True, slots=True)
class ButtonAction:
    """What a button sends: its command, whether the card stays, and the commands of the cards to go back to."""

    command: str
    keeps_card: bool = False
    history: tuple[str, ...] = ()

    def encode(self) -> str:
        """As data of a button, however long; a bar is what parts it, and none to a command."""
        first, *history = (command.replace("|", " ") for command in (self.command, *self.history))
        return "|".join((f"1{'!' if self.keeps_card else '>'}{first}", *history))

    @classmethod
    def decode(cls, data: str) -> ButtonAction | None:
        """Read a button's data; ``None`` for what no button of this version sends."""
        match = _DATA.fullmatch(data)
        if match is None:
            return None
        return cls(match[2], match[1] == "!", tuple(filter(None, (match[3] or "").split("|")))[:_MAX_HISTORY])

    def should_refresh_card(self, *, in_group: bool) -> bool:
        """Whether the card that stays shows a switch that turned.

        A list of papers has none, and a group's card shows nobody's own.
        """
        if not self.history:
            return False
        if self.command.split(" ", 1)[0] in ("save", "unsave"):
            return not in_group and self.history[0].startswith("paper")
        return True


def compute_token(data: str) -> str:
    """The word under which data that is too long is kept: 16 characters of ``0-9a-f``, the same one every time."""
    return hashlib.sha256(data.encode()).hexdigest()[:16]


def encode_token(token: str) -> str:
    """The data of a button whose own was too long."""
    return f"1#{token}"


def decode_token(data: str) -> str | None:
    """The word under which data that was too long is kept."""
    match = _TOKEN_DATA.fullmatch(data)
    return match[1] if match else None


class TapDeduplicator:
    """The last taps, so that one that arrives twice is one.

    The same tap is the same person's on the same button of the same card within three seconds, with none on another
    button of it in between: a switch can be turned to and fro.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._recent_taps: OrderedDict[tuple[str, int], tuple[str, float]] = OrderedDict()

    def is_duplicate(self, message_id: str, user_id: int, data: str) -> bool:
        """Note a tap; whether it is the one before it again. ``card`` names the message."""
        key = (message_id, user_id)
        last_data, until = self._recent_taps.get(key, ("", 0.0))
        self._recent_taps[key] = (data, self._now() + _DUPLICATE_WINDOW_SECONDS)
        self._recent_taps.move_to_end(key)
        if len(self._recent_taps) > _MAX_RECENT_TAPS:
            self._recent_taps.popitem(last=False)
        return last_data == data and until > self._now()


@dataclass(frozen=True, slots=True)
class NavigationHistory:
    """Where a card's buttons lead: ``commands`` show the cards that it was opened from, the last one first.

    ``prefix`` is written before every command: the buttons act on another chat.
    """

    commands: tuple[str, ...] = ()
    prefix: str = ""

    def add_prefix(self, command: str) -> str:
        """The command for the chat that it acts on."""
        return f"{self.prefix} {command}" if self.prefix and not command.startswith(self.prefix) else command

    def history_after(self, current_command: str, button: Button) -> tuple[str, ...]:
        """Where the card that a button opens leads back to, from the card that ``current_command`` shows.

        A page of the same list leads where this one does, and the way back is not gone back again.
        """
        if not button.keeps_card and button.command in self.commands[:1]:
            return self.commands[1:]
        if not current_command or (not button.keeps_card and _is_same_list(current_command, button.command)):
            return self.commands
        return (self.add_prefix(current_command), *self.commands)[:_MAX_HISTORY]

    def action_for(self, current_command: str, button: Button) -> ButtonAction:
        """What a button of the card that ``current_command`` shows sends."""
        return ButtonAction(
            self.add_prefix(button.command), button.keeps_card, self.history_after(current_command, button)
        )


NO_HISTORY = NavigationHistory()
"""A card that was asked for, or came by itself."""


def _is_same_list(command: str, other_command: str) -> bool:
    return re.sub(r" p\d+$", "", command) == re.sub(r" p\d+$", "", other_command)
