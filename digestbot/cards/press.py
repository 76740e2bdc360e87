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
_KEPT = re.compile(r"1#([0-9a-f]{16})\|*")
_WAYS_BACK = 2
_AGAIN, _RECENT = 3.0, 1000


@dataclass(frozen=True, slots=True)
class Press:
    """What a button sends: its command, whether the card stays, and the commands of the cards to go back to."""

    command: str
    stays: bool = False
    back: tuple[str, ...] = ()

    def written(self) -> str:
        """As data of a button, however long; a bar is what parts it, and none to a command."""
        first, *back = (command.replace("|", " ") for command in (self.command, *self.back))
        return "|".join((f"1{'!' if self.stays else '>'}{first}", *back))

    @classmethod
    def read(cls, data: str) -> Press | None:
        """Read a button's data; ``None`` for what no button of this version sends."""
        match = _DATA.fullmatch(data)
        if match is None:
            return None
        return cls(match[2], match[1] == "!", tuple(filter(None, (match[3] or "").split("|")))[:_WAYS_BACK])

    def turns(self, *, in_group: bool) -> bool:
        """Whether the card that stays shows a switch that turned.

        A list of papers has none, and a group's card shows nobody's own.
        """
        if self.command.split(" ", 1)[0] in ("save", "unsave"):
            return not in_group and self.back[0].startswith("paper")
        return True


def shortcut(written: str) -> str:
    """The word under which data that is too long is kept: 16 characters of ``0-9a-f``, the same one every time."""
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def kept(word: str) -> str:
    """The data of a button whose own was too long."""
    return f"1#{word}"


def kept_word(data: str) -> str | None:
    """The word under which data that was too long is kept."""
    match = _KEPT.fullmatch(data)
    return match[1] if match else None


class Taps:
    """The last taps, so that one that arrives twice is one.

    The same tap is the same person's on the same button of the same card within three seconds, with none on another
    button of it in between: a switch can be turned to and fro.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._recent: OrderedDict[tuple[str, int], tuple[str, float]] = OrderedDict()

    def repeated(self, card: str, person: int, data: str) -> bool:
        """Note a tap; whether it is the one before it again. ``card`` names the message."""
        key = (card, person)
        before, until = self._recent.get(key, ("", 0.0))
        self._recent[key] = (data, self._now() + _AGAIN)
        self._recent.move_to_end(key)
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return before == data and until > self._now()


@dataclass(frozen=True, slots=True)
class Way:
    """Where a card's buttons lead: ``back`` are the commands of the cards that it was opened from, the last one first.

    ``prefix`` is written before every command: the buttons act on another chat.
    """

    back: tuple[str, ...] = ()
    prefix: str = ""

    def prefixed(self, command: str) -> str:
        """The command for the chat that it acts on."""
        return f"{self.prefix} {command}" if self.prefix and not command.startswith(self.prefix) else command

    def on(self, here: str, button: Button) -> tuple[str, ...]:
        """Where the card that a button opens leads back to, from the card that ``here`` shows.

        A page of the same list leads where this one does, and the way back is not gone back again.
        """
        if not button.stays and button.command in self.back[:1]:
            return self.back[1:]
        if not here or (not button.stays and _same_list(here, button.command)):
            return self.back
        return (self.prefixed(here), *self.back)[:_WAYS_BACK]

    def press(self, here: str, button: Button) -> Press:
        """What a button of the card that ``here`` shows sends."""
        return Press(self.prefixed(button.command), button.stays, self.on(here, button))


STRAIGHT = Way()
"""A card that was asked for, or came by itself."""


def _same_list(one: str, other: str) -> bool:
    return re.sub(r" p\d+$", "", one) == re.sub(r" p\d+$", "", other)
