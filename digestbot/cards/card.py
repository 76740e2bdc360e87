"""The parts of a card. A platform's ``render.py`` turns each into its own markup, and escapes it there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from digestbot.domain.digest import Figure
from digestbot.domain.paper import trim_url


class TextStyle(StrEnum):
    """How a run of text is set."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"


@dataclass(frozen=True, slots=True)
class Text:
    """A run of plain text."""

    text: str
    style: TextStyle = TextStyle.PLAIN


@dataclass(frozen=True, slots=True)
class Math:
    """LaTeX source, without the dollar signs."""

    source: str


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a web address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class CommandName:
    """A command of ours in the text, such as ``/latest``: never a stranger's words."""

    text: str


Inline = Text | Math | Link | CommandName
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``level`` 1 is the card's own."""

    line: Line
    url: str = ""
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text, as long as it likes."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """A part that is folded until the reader opens it.

    ``command`` shows it where the platform cannot fold, and ``hint`` says so.
    """

    summary: str
    blocks: tuple[Block, ...]
    command: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Pictures by their addresses, with a label for each."""

    figures: tuple[Figure, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A label that is a command again when it is tapped, such as ``paper 2410.18974``, or leads out.

    Exactly one of ``command``, ``url`` (a web address) and ``share_query`` (words that look the card up in any chat,
    for platforms that offer that) is not empty. With ``keeps_card`` the card stays where it is and the answer is a
    passing notice; ``is_on`` makes it a switch that shows its state.
    """

    label: str
    command: str = ""
    url: str = ""
    share_query: str = ""
    keeps_card: bool = False
    is_on: bool | None = None


@dataclass(frozen=True, slots=True)
class ListItem:
    """One paper, or one of another kind, in a list: ``lines`` below its title, and a button for more.

    ``blocks`` are collapsed under the title where the platform can do that, unless ``is_expanded``;
    ``action_buttons`` are what can be done with it beside them, and ``figure`` stands for it.
    """

    position: int | None
    title: Line
    url: str
    lines: tuple[Line, ...] = ()
    blocks: tuple[Block, ...] = ()
    button: Button | None = None
    action_buttons: tuple[Button, ...] = ()
    is_expanded: bool = False
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Small print at the end."""

    text: str


Block = Heading | Paragraph | Bullets | Details | Figures | ListItem | Notice


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread that a card opens under itself; with ``is_forum_post`` the card is its first message.

    ``tag`` is what such posts are found by.
    """

    name: str
    tag: str = ""
    is_forum_post: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A message. ``ok`` is false for the answer to something that could not be done.

    ``command`` shows the same card again, as far as one does: it is the way back from another card. ``topic`` is the
    slug of the topic that it is about, ``new_thread`` the thread in which the cards after it come, and ``publish``
    tells that it is to be handed on to the chats that follow this one.
    """

    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    ok: bool = True
    command: str = ""
    topic: str = ""
    new_thread: NewThread | None = None
    publish: bool = False


# A dollar sign opens a formula before a non-space, and closes one after a non-space that no digit follows: so
# "$5 and $6" stays money (Pandoc's rule for tex_math_dollars).
_MATH = r"\$(?=[^\s$])(?P<math>[^$\n]{1,300}?)(?<=[^\s\\])\$(?!\d)"
_URL = r"\\url\{(?P<latex>https?://[^}\s]+)\}|(?P<url>https?://[^\s<>\"'`，。；、（）】」”]+)"
_INLINE = re.compile(f"{_MATH}|{_URL}")


def parse_inline(text: str, style: TextStyle = TextStyle.PLAIN) -> Line:
    """Plain text as runs: LaTeX between dollar signs as formulas, web addresses as links."""
    runs: list[Inline] = []
    end = 0
    for match in _INLINE.finditer(text):
        url = match["latex"] or trim_url(match["url"] or "")
        stop = match.end() if match["math"] or match["latex"] else match.start() + len(url)
        if match.start() > end:
            runs.append(Text(text[end : match.start()], style))
        runs.append(Math(match["math"]) if match["math"] else Link(url, url))
        end = stop
    if end < len(text):
        runs.append(Text(text[end:], style))
    return tuple(runs)


def to_plain_text(line: Line) -> str:
    """The line as a person reads it aloud: formulas as their source."""
    return "".join(run.source if isinstance(run, Math) else run.text for run in line)


def join_lines(lines: Iterable[Line], separator: str, style: TextStyle = TextStyle.MUTED) -> Line:
    """Lines as one, with a separator between."""
    runs: list[Inline] = []
    for line in lines:
        if runs:
            runs.append(Text(separator, style))
        runs.extend(line)
    return tuple(runs)


def merge_bullets(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, lists that follow each other as one."""
    for are_bullets, group in groupby(blocks, key=lambda block: isinstance(block, Bullets)):
        if not are_bullets:
            yield from group
            continue
        yield Bullets(tuple(line for block in group if isinstance(block, Bullets) for line in block.items))
