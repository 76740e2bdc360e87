"""Digests and papers as cards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Details,
    Figures,
    Heading,
    Item,
    Line,
    Link,
    Notice,
    Paragraph,
    Style,
    Text,
    inline,
    joined,
)
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.paper import venue
from digestbot.domain.quality import INSTRUCTIONS, PLACEHOLDER
from digestbot.domain.subscription import Layout
from digestbot.domain.topic import Topic
from digestbot.locale import say

PAGE = 10
"""Papers on a page: ten sections with a button are 32 of Discord's 40 components."""
_AUTHORS = 6
_HEADLINE = 160
_SENTENCE = re.compile(r".+?(?:[。！？]+|[.!?]+(?=\s|$)|$)\s*", re.DOTALL)
_LINKS = ("code", "project", "link")


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the reader already received a paper: the other topic's title and the date."""

    topic: str
    date: date


@dataclass(frozen=True, slots=True)
class View:
    """How to show: the reader's language and layout, and what they have seen, by arXiv number."""

    language: str = "en"
    layout: Layout = Layout.CARDS
    seen: Mapping[str, Seen] | None = None

    def say(self, key: str, **values: object) -> str:
        """A sentence in the reader's language."""
        return say(self.language, key, **values)


def pages_of(count: int) -> int:
    """How many pages so many papers take."""
    return max(1, -(-count // PAGE))


def digest_card(topic: Topic, digest: Digest, view: View, page: int = 1) -> Card:
    """A digest, ten papers a page."""
    count, pages = len(digest.entries), pages_of(len(digest.entries))
    about = [view.say("digest.count_one" if count == 1 else "digest.count", count=count)]
    if pages > 1:
        about.append(view.say("digest.page", page=page, pages=pages))
    first = (page - 1) * PAGE
    shown = digest.entries[first : first + PAGE]
    return Card(
        blocks=(
            Heading((Text(f"{topic.title} · {digest.date.isoformat()}"),)),
            Paragraph((Text(" · ".join(about), Style.MUTED),)),
            *(entry_item(entry, view, first + i) for i, entry in enumerate(shown, 1)),
            Notice(view.say("notice")),
        ),
        buttons=_page_buttons(f"digest {topic.slug} {digest.date.isoformat()}", page, pages, view),
    )


def results_card(title: str, about: str, entries: Sequence[Entry], view: View, paging: tuple[str, int, int]) -> Card:
    """Papers from different digests, under a title. ``paging`` is the command, the page and the pages."""
    command, page, pages = paging
    items = (entry_item(entry, view, (page - 1) * PAGE + i) for i, entry in enumerate(entries, 1))
    return Card(
        blocks=(
            Heading((Text(title),)),
            Paragraph((Text(about, Style.MUTED),)),
            *items,
            Notice(view.say("notice")),
        ),
        buttons=_page_buttons(command, page, pages, view),
    )


def entry_item(entry: Entry, view: View, number: int | None) -> Item:
    """A paper in a list."""
    paper = entry.paper
    title, button = inline(paper.title), Button(view.say("button.details"), f"paper {paper.arxiv_id}")
    seen = (view.seen or {}).get(paper.arxiv_id)
    if seen:
        pointer = view.say("digest.already", topic=seen.topic, date=seen.date.isoformat(), paper=paper.arxiv_id)
        return Item(number, title, paper.url, (inline(pointer, Style.MUTED),), button=button)
    lines = [inline(shortened(entry.summary.headline) or view.say("paper.no_summary"))]
    if view.layout is not Layout.HEADLINES:
        lines.append(_byline(entry, view))
    blocks: tuple[Block, ...] = ()
    if view.layout is Layout.FULL:
        blocks = (*_takeaways(entry), *_folded(entry, view, full=False))
    return Item(number, title, paper.url, tuple(line for line in lines if line), blocks, button)


def paper_card(entry: Entry, topic: Topic, day: date, view: View, *, full: bool = False, kept: bool = False) -> Card:
    """A paper whole. ``full`` unfolds it for platforms that cannot fold."""
    paper, summary = entry.paper, entry.summary
    flagged = (
        (Paragraph((Text(view.say("paper.flagged"), Style.MUTED),)),)
        if {PLACEHOLDER, INSTRUCTIONS} & set(summary.flags)
        else ()
    )
    return Card(
        blocks=(
            Heading(inline(paper.title), paper.url),
            Paragraph(_byline(entry, view)),
            Paragraph(inline(summary.headline or view.say("paper.no_summary"), Style.STRONG)),
            *_takeaways(entry),
            *_folded(entry, view, full=full),
            *_figures(entry, view),
            *flagged,
            Paragraph(joined((_links(entry, view), (_where(topic, day, view),)), " · ")),
            Notice(view.say("notice")),
        ),
        buttons=_paper_buttons(paper.arxiv_id, view, full=full, kept=kept),
    )


def authors_line(authors: Sequence[str], view: View) -> str:
    """The authors; past six, a count."""
    names = ", ".join(authors[:_AUTHORS])
    if len(authors) <= _AUTHORS:
        return names
    return view.say("list.and_more", names=names, count=len(authors) - _AUTHORS)


def shortened(text: str, most: int = _HEADLINE) -> str:
    """The text's first sentences, at most so many half-width characters (a Chinese one counts two).

    A first sentence that is longer alone is cut at a word, with an ellipsis. A formula is never cut through.
    """
    kept = ""
    for sentence in _SENTENCE.findall(text):
        if kept and _width(kept + sentence) > most:
            return kept.rstrip()
        kept += sentence
        if _width(kept) > most:
            return _cut(kept, most)
    return kept.rstrip()


def _cut(text: str, most: int) -> str:
    widths = accumulate(1 + (ord(character) >= 0x2E80) for character in text)
    end = next((at for at, used in enumerate(widths) if used >= most), len(text))
    space = text.rfind(" ", end - 20, end)
    kept = text[: space if space > 0 else end]
    if kept.count("$") % 2:
        kept = kept[: kept.rfind("$")]
    return kept.rstrip(" ，、,;；：:（(") + "…"


def _width(text: str) -> int:
    return sum(1 + (ord(character) >= 0x2E80) for character in text)


def _byline(entry: Entry, view: View) -> Line:
    parts: list[Line] = []
    if entry.paper.authors:
        parts.append((Text(authors_line(entry.paper.authors, view), Style.MUTED),))
    if where := venue(entry.paper.comment):
        parts.append((Text(view.say("paper.accepted", venue=where), Style.STRONG),))
    parts.append((Text(str(entry.paper.identifier), Style.MUTED),))
    return joined(parts, " · ")


def _takeaways(entry: Entry) -> tuple[Block, ...]:
    items = tuple(inline(item) for item in entry.summary.takeaways)
    return (Bullets(items),) if items else ()


def _folded(entry: Entry, view: View, *, full: bool) -> tuple[Block, ...]:
    """The abstract and the analysis: folded, or whole under headings."""
    paper = entry.paper
    parts: list[tuple[str, tuple[Block, ...], int]] = []
    if paper.abstract:
        parts.append((view.say("paper.abstract"), (Paragraph(inline(paper.abstract)),), len(paper.abstract)))
    if analysis := _analysis(entry):
        parts.append((view.say("paper.analysis"), analysis, sum(len(s.body) for s in entry.summary.sections)))
    if full:
        return tuple(b for title, blocks, _ in parts for b in (Heading((Text(title),), level=2), *blocks))
    command = f"paper {paper.arxiv_id} full"
    return tuple(
        Details(title, blocks, command, view.say("folded", count=f"{count:,}", paper=paper.arxiv_id))
        for title, blocks, count in parts
    )


def _analysis(entry: Entry) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for section in entry.summary.sections:
        blocks.append(Heading(inline(section.title), level=3))
        for line in section.body.split("\n"):
            item = line.strip()
            if item.startswith(("- ", "* ", "• ")):
                blocks.append(Bullets((inline(item[2:].strip()),)))
            elif item:
                blocks.append(Paragraph(inline(item)))
    return tuple(blocks)


def _figures(entry: Entry, view: View) -> tuple[Block, ...]:
    if not entry.figures:
        return ()
    labels = tuple(view.say("figures.label", number=i) for i, _ in enumerate(entry.figures, 1))
    return (Figures(entry.figures, labels),)


def _links(entry: Entry, view: View) -> Line:
    paper = entry.paper
    links: list[Line] = [(Link(view.say("link.pdf"), paper.identifier.pdf_url),)]
    ordered = sorted(paper.links, key=lambda link: _LINKS.index(link.kind))
    links.extend((Link(view.say(f"link.{link.kind}"), link.url),) for link in ordered)
    return joined(links, " · ")


def _where(topic: Topic, day: date, view: View) -> Text:
    return Text(view.say("paper.in", topic=topic.title, date=day.isoformat()), Style.MUTED)


def _paper_buttons(number: str, view: View, *, full: bool, kept: bool) -> tuple[Button, ...]:
    keep = (
        Button(view.say("button.unsave"), f"unsave {number}")
        if kept
        else Button(view.say("button.save"), f"save {number}")
    )
    return (keep,) if full else (keep, Button(view.say("button.full"), f"paper {number} full"))


def _page_buttons(command: str, page: int, pages: int, view: View) -> tuple[Button, ...]:
    buttons = []
    if page > 1:
        buttons.append(Button(view.say("button.previous"), f"{command} p{page - 1}"))
    if page < pages:
        buttons.append(Button(view.say("button.next"), f"{command} p{page + 1}"))
    return tuple(buttons)
