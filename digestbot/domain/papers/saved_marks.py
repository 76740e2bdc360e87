"""What a person writes beside a paper that they saved: tags and a note."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MAX_TAGS, MAX_TAG_CHARACTERS, MAX_NOTE_CHARACTERS = 10, 40, 1_000
"""How many tags one saved paper may have, and how long each and the note may be."""
_DROPPED = ("C", "Z")
"""Categories of characters that no tag has: controls, directions, nothing visible; and spaces."""
_AROUND = "#＃,，、;；。.!?！？:：()（）[]【】「」“”\"'<>《》`*_~|"


@dataclass(frozen=True, slots=True)
class SavedMarks:
    """The tags and the note; none of both where nothing was written."""

    tags: tuple[str, ...] = ()
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.tags or self.note)


NO_MARKS = SavedMarks()
"""Nothing is written beside the paper."""


def normalize_tag(text: str) -> str:
    """A tag as it is stored: ``#To Read`` is ``to-read``; empty if nothing of it can be one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(" " if character.isspace() else character for character in folded).split()
    plain = ("".join(one for one in word if unicodedata.category(one)[0] not in _DROPPED) for word in words)
    return "-".join(filter(None, (word.strip(_AROUND) for word in plain)))


def clean_note(text: str) -> str:
    """A note as it is stored: without controls and what turns the text around, its spaces as single ones."""
    plain = "".join(
        one if one.isspace() or not unicodedata.category(one).startswith("C") or one == "\u200d" else "" for one in text
    )
    return " ".join(plain.split())


def add_tags(tags: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """The tags with more of them, each once, in the order in which they came."""
    return tuple(dict.fromkeys((*tags, *more)))
