"""The elements of a card. Each platform's ``render.py`` turns them into its own markup and escapes the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from digestbot.domain.digest import Figure
from digestbot.domain.paper import trim_url
from digestbot.domain.text.formulas import FORMULA_PATTERN, is_money
from digestbot.domain.text.lengths import shorten_inside
from digestbot.late_patterns import compile_late


class TextStyle(StrEnum):
    """The style of a run of text."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    BADGE = "badge"
    """A short mark that stands out from its line, such as where a paper appears."""


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
    """Text linked to a web address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class CommandName:
    """One of the bot's own commands within text, such as ``/latest``; never text from outside."""

    text: str


Inline = Text | Math | Link | CommandName
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; the card's title has ``level`` 1."""

    line: Line
    url: str = ""
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of text of any length."""

    line: Line


@dataclass(frozen=True, slots=True)
class Bullets:
    """A bulleted list."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """A section that is collapsed until the reader opens it.

    ``command`` shows the content on platforms that cannot collapse, and ``hint`` says so.
    """

    summary: str
    blocks: tuple[Block, ...]
    command: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Pictures by URL, with a label for each."""

    figures: tuple[Figure, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A labelled button that runs a command such as ``paper 2410.18974`` or opens a link.

    Exactly one of ``command``, ``url`` (a web address) and ``share_query`` (words that look the card up in any
    chat, for platforms that offer that) is not empty. With ``keeps_card`` the card stays in place and the reply is
    a transient notice; ``is_on`` makes the button a switch that shows its state. With a ``prompt``, the person is asked
    for the words that follow the command, with that sentence: only for platforms that can (``Capabilities.forms``).
    """

    label: str
    command: str = ""
    url: str = ""
    share_query: str = ""
    keeps_card: bool = False
    is_on: bool | None = None
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class ListItem:
    """A list item, usually a paper: ``lines`` below its title, and a button for more.

    ``lead`` says what it is about and meets the eye first: it stands above the title, and the title is quieter then.
    ``blocks`` are collapsed under the title where the platform supports that, unless ``is_expanded``;
    ``action_buttons`` offer further actions, and ``figure`` illustrates the item.
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
    lead: Line = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Small print at the end."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text to copy as it is, in lines, such as an entry of BibTeX; ``language`` is a word of ours."""

    text: str
    language: str = ""


Block = Heading | Paragraph | Bullets | Details | Figures | ListItem | Notice | Code


@dataclass(frozen=True, slots=True)
class NewThread:
    """A thread to open under the card; with ``is_forum_post`` the card is the first message of a forum post.

    ``topic`` is the title of its topic, ``dates`` what its name has beside that, and ``tag`` the forum tag of such
    posts.
    """

    topic: str
    dates: str = ""
    tag: str = ""
    is_forum_post: bool = False

    def format_name(self, limit: int) -> str:
        """The thread's name, at most ``limit`` characters: the title is shortened, and the dates stay."""
        ending = f" · {self.dates}" if self.dates else ""
        return f"{shorten_inside(self.topic, limit - len(ending))}{ending}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that comes with a card. ``name`` is made of our own words only, with its ending."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Card:
    """A message. ``ok`` is false if it reports a failure.

    ``command`` shows the same card again, if there is one that does: other cards use it to lead back. ``topic`` is
    the slug of the card's topic, ``new_thread`` the thread for the cards that follow, and ``publish`` marks the
    card for publishing to the channels that follow this one. ``preview`` is what a notification says of a card that
    comes unasked, as plain text from anywhere.

    ``has_papers`` is true if it shows papers: only such a card comes in the chat's card style, so that what controls
    the bot can be read in every app. ``sample`` is a card to try the rich style with, shown below this one.
    ``menu_label`` says what a menu of its papers, or of its buttons, is for, where they are in one. ``attachment`` is
    a file that comes with it. ``return_command`` shows it again where ``command`` shows what it is about: a paper that
    it answers about.
    """

    blocks: tuple[Block, ...]
    buttons: tuple[Button, ...] = ()
    ok: bool = True
    command: str = ""
    topic: str = ""
    new_thread: NewThread | None = None
    publish: bool = False
    has_papers: bool = False
    sample: Card | None = None
    preview: str = ""
    menu_label: str = ""
    attachment: Attachment | None = None
    return_command: str = ""

    @property
    def way_back(self) -> str:
        """The command with which other cards lead back to this one."""
        return self.return_command or self.command


_URL = r"\\url\{(?P<latex>https?://(?:[^}\s\\]|\\(?!url\{))++)\}|(?P<url>https?://[^\s<>\"'`，。；、（）】」”]+)"
_HREF = r"\\href\{(?P<href>https?://[^{}\s]{1,2000})\}\{(?P<label>[^{}\n]{1,300})\}"
_INLINE = compile_late(f"{FORMULA_PATTERN}|{_HREF}|{_URL}")


def parse_inline(text: str, style: TextStyle = TextStyle.PLAIN) -> Line:
    """Parse plain text into runs: LaTeX between dollar signs becomes formulas, web addresses become links."""
    runs: list[Inline] = []
    end = position = 0
    while match := _INLINE.search(text, position):
        if match["math"] and is_money(match):
            position = match.start() + 1
            continue
        position, run = _build_run(match)
        if match.start() > end:
            runs.append(_build_text(text[end : match.start()], style))
        runs.append(run)
        end = position
    if end < len(text):
        runs.append(_build_text(text[end:], style))
    return tuple(runs)


def _build_run(match: re.Match[str]) -> tuple[int, Inline]:
    """The formula or the link, and where it ends: before the sentence's punctuation."""
    if match["math"]:
        return match.end(), Math(match["math"])
    if match["href"]:
        return match.end(), Link(match["label"], match["href"])
    url = match["latex"] or trim_url(match["url"])
    return match.end() if match["latex"] else match.start() + len(url), Link(url, url)


def _build_text(text: str, style: TextStyle) -> Text:
    return Text(text.replace("\\$", "$"), style)


def to_plain_text(line: Line) -> str:
    """The line as plain text, with formulas as their source."""
    return "".join(run.source if isinstance(run, Math) else run.text for run in line)


def list_sentences(card: Card) -> list[str]:
    """What a card says in its headings and paragraphs, as plain text."""
    return [to_plain_text(block.line) for block in card.blocks if isinstance(block, Heading | Paragraph)]


def join_lines(lines: Iterable[Line], separator: str, style: TextStyle = TextStyle.MUTED) -> Line:
    """Join lines into one, with a separator between them."""
    runs: list[Inline] = []
    for line in lines:
        if runs:
            runs.append(Text(separator, style))
        runs.extend(line)
    return tuple(runs)


def merge_bullets(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with adjacent lists merged."""
    for are_bullets, group in groupby(blocks, key=lambda block: isinstance(block, Bullets)):
        if not are_bullets:
            yield from group
            continue
        yield Bullets(tuple(line for block in group if isinstance(block, Bullets) for line in block.items))
