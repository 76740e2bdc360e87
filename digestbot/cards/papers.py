"""Digests and papers as cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from digestbot.cards.capabilities import COMMON, Capabilities, Folds
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
    Thread,
    inline,
    joined,
)
from digestbot.domain.digest import EXTRACT, Digest, Entry
from digestbot.domain.paper import Link as PaperLink
from digestbot.domain.paper import Paper, venue
from digestbot.domain.quality import INSTRUCTIONS, PLACEHOLDER
from digestbot.domain.subscription import Layout, Posts, Preferences
from digestbot.domain.topic import Topic
from digestbot.locale import say

_FOUND = 10
"""Papers on a page of results, where a digest is not paged at all."""
_AUTHORS = 6
_HEADLINE = 160
_CAPTION = 200
_SENTENCE = re.compile(r".+?(?:[。！？]+|[.!?]+(?=\s|$)|$)\s*", re.DOTALL)
_LINKS = ("code", "project", "link")


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the reader already received a paper: the other topic's title and the date."""

    topic: str
    date: date


@dataclass(frozen=True, slots=True)
class View:
    """How to show: the reader's language and layout, what they have seen, by arXiv number, and what can be shown."""

    language: str = "en"
    layout: Layout = Layout.CARDS
    seen: Mapping[str, Seen] | None = None
    can: Capabilities = COMMON

    def say(self, key: str, **values: object) -> str:
        """A sentence in the reader's language."""
        return say(self.language, key, **values)

    @property
    def rows(self) -> int:
        """Papers on a page of results."""
        return self.can.page or _FOUND


def pages_of(count: int, size: int | None) -> int:
    """How many pages so many papers take; ``size`` ``None`` puts all on one."""
    return 1 if size is None else max(1, -(-count // size))


def digest_post(topic: Topic, digest: Digest, view: View, wants: Preferences) -> tuple[Card, ...]:
    """A digest to be delivered as the chat wants it posted: as pages, and the papers again where it has a thread.

    A forum's post begins with what is in it. A paper that the reader has already is pointed to, and not repeated.
    """
    if wants.posts is Posts.FORUM:
        first, *rest = digest_pages(topic, digest, replace(view, layout=Layout.HEADLINES))
        post = replace(first, opens=Thread(_named(topic, digest), topic.title, post=True))
        return (post, *rest, *_new_papers(topic, digest, view))
    pages = tuple(replace(page, publish=wants.publish) for page in digest_pages(topic, digest, view))
    new = _new_papers(topic, digest, view) if wants.posts is Posts.THREADS else ()
    if not new:
        return pages
    return (*pages[:-1], replace(pages[-1], opens=Thread(_named(topic, digest))), *new)


def _named(topic: Topic, digest: Digest) -> str:
    return f"{topic.title} · {digest.date.isoformat()}"


def _new_papers(topic: Topic, digest: Digest, view: View) -> tuple[Card, ...]:
    """The papers that the reader has not seen, each a card of its own."""
    new = (entry for entry in digest.entries if entry.paper.arxiv_id not in (view.seen or {}))
    return tuple(paper_card(entry, topic, digest.date, view) for entry in new)


def digest_pages(topic: Topic, digest: Digest, view: View) -> tuple[Card, ...]:
    """A digest whole, to be delivered: every page, without buttons that lead from one to the next."""
    pages = pages_of(len(digest.entries), view.can.page)
    return tuple(digest_card(topic, digest, view, page, turning=False) for page in range(1, pages + 1))


def digest_card(topic: Topic, digest: Digest, view: View, page: int = 1, *, turning: bool = True) -> Card:
    """A page of a digest, with buttons to the others where ``turning``."""
    count, size = len(digest.entries), view.can.page
    pages = pages_of(count, size)
    about = [view.say("digest.count_one" if count == 1 else "digest.count", count=count)]
    if pages > 1:
        about.append(view.say("digest.page", page=page, pages=pages))
    first = (page - 1) * (size or 0)
    shown = digest.entries[first : first + size] if size else digest.entries
    command = f"digest {topic.slug} {digest.date.isoformat()}"
    return Card(
        blocks=(
            Heading((Text(_named(topic, digest)),)),
            Paragraph((Text(" · ".join(about), Style.MUTED),)),
            *(entry_item(entry, view, first + i) for i, entry in enumerate(shown, 1)),
            Notice(notice_of(digest.entries, view)),
        ),
        buttons=_page_buttons(command, page, pages, view) if turning else (),
        command=_paged(command, page),
        topic=topic.slug,
    )


def results_card(title: str, about: str, entries: Sequence[Entry], view: View, paging: tuple[str, int, int]) -> Card:
    """Papers from different digests, under a title. ``paging`` is the command, the page and the pages."""
    command, page, pages = paging
    if view.can.folds is Folds.ALL:  # a list of results stays one message, so that its pages turn in place
        view = replace(view, can=replace(view.can, folds=Folds.TAKEAWAYS))
    items = (entry_item(entry, view, (page - 1) * view.rows + i) for i, entry in enumerate(entries, 1))
    return Card(
        blocks=(
            Heading((Text(title),)),
            Paragraph((Text(about, Style.MUTED),)),
            *items,
            Notice(notice_of(entries, view)),
        ),
        buttons=_page_buttons(command, page, pages, view),
        command=_paged(command, page),
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
        lines.append(byline(entry, view))
    blocks, whole = _inside(entry, view)
    actions = _actions(paper, view) if whole else ()
    shown = tuple(line for line in lines if line)
    return Item(
        number,
        title,
        paper.url,
        shown,
        blocks,
        None if whole else button,
        actions,
        view.layout is Layout.FULL,
        entry.figures[0] if entry.figures else None,
    )


def _inside(entry: Entry, view: View) -> tuple[tuple[Block, ...], bool]:
    """What a list holds of a paper under its line, and whether that is the whole of it."""
    folds = Folds.NOTHING if view.layout is Layout.HEADLINES else view.can.folds
    if folds is Folds.ALL:
        return (
            *_takeaways(entry),
            *_folded(entry, view, full=False),
            *_figures(entry, view),
            *_more(entry, view),
            *_made(entry, view),
        ), True
    if view.layout is Layout.FULL:
        return (*_takeaways(entry), *_folded(entry, view, full=False)), False
    return (_takeaways(entry) if folds is Folds.TAKEAWAYS else ()), False


def _more(entry: Entry, view: View) -> tuple[Block, ...]:
    """The links that no button leads to."""
    led = {button.url for button in _actions(entry.paper, view)}
    rest = [link for link in entry.paper.links if link.url not in led]
    return (Paragraph(joined(_linked(rest, view), " · ")),) if rest else ()


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
            Paragraph(byline(entry, view)),
            Paragraph(inline(summary.headline or view.say("paper.no_summary"), Style.STRONG)),
            *_takeaways(entry),
            *_folded(entry, view, full=full),
            *_figures(entry, view),
            *flagged,
            Paragraph(joined((_links(entry, view), (_where(topic, day, view),)), " · ")),
            *_made(entry, view),
            Notice(notice_of((entry,), view)),
        ),
        buttons=_paper_buttons(entry, view, full=full, kept=kept),
        command=f"paper {paper.arxiv_id}" + (" full" if full else ""),
        topic=topic.slug,
    )


def figures_card(entry: Entry, view: View) -> Card:
    """A paper's figures alone."""
    paper = entry.paper
    figures = _figures(entry, view) or (Paragraph((Text(view.say("figures.none")),)),)
    return Card((Heading(inline(paper.title), paper.url), *figures), command=f"paper {paper.arxiv_id} figures")


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


def byline(entry: Entry, view: View) -> Line:
    """The authors, where it is accepted, whether it is a new version, and last its identifier."""
    parts: list[Line] = []
    if entry.paper.authors:
        parts.append((Text(authors_line(entry.paper.authors, view), Style.MUTED),))
    if where := venue(entry.paper.comment):
        parts.append((Text(view.say("paper.accepted", venue=where), Style.STRONG),))
    if entry.updated:
        parts.append((Text(view.say("paper.updated"), Style.MUTED),))
    parts.append((Text(str(entry.paper.identifier), Style.MUTED),))
    return joined(parts, " · ")


def notice_of(entries: Iterable[Entry], view: View) -> str:
    """Who wrote the summaries: a model can be wrong, and an abstract's own beginning is nobody's summary."""
    extracts = {entry.summary.writer == EXTRACT for entry in entries}
    if extracts == {True}:
        return view.say("notice.extract")
    return view.say("notice.mixed" if True in extracts else "notice")


def made_by(entry: Entry, view: View) -> Line:
    """What the summary was written from and by whom; empty where that is not known."""
    summary = entry.summary
    if not summary.basis:
        return ()
    own = summary.writer == EXTRACT
    parts: list[Line] = [(Text(view.say(f"paper.basis_{'extract' if own else summary.basis}"), Style.MUTED),)]
    if summary.writer and not own:
        parts.append((Text(view.say("paper.writer", writer=summary.writer), Style.MUTED),))
    return joined(parts, ", ")


def _made(entry: Entry, view: View) -> tuple[Block, ...]:
    line = made_by(entry, view)
    return (Paragraph(line),) if line else ()


def _takeaways(entry: Entry) -> tuple[Block, ...]:
    items = tuple(inline(item) for item in entry.summary.takeaways)
    return (Bullets(items),) if items else ()


def _folded(entry: Entry, view: View, *, full: bool) -> tuple[Block, ...]:
    """The abstract and the analysis: folded, or whole under headings."""
    paper = entry.paper
    parts: list[tuple[str, tuple[Block, ...], int]] = []
    if paper.abstract:
        parts.append((view.say("paper.abstract"), (Paragraph(inline(paper.abstract)),), len(paper.abstract)))
    if analysis := analysis_of(entry):
        parts.append((view.say("paper.analysis"), analysis, sum(len(s.body) for s in entry.summary.sections)))
    if full:
        return tuple(b for title, blocks, _ in parts for b in (Heading((Text(title),), level=2), *blocks))
    command = f"paper {paper.arxiv_id} full"
    return tuple(
        Details(title, blocks, command, view.say("folded", count=f"{count:,}", paper=paper.arxiv_id))
        for title, blocks, count in parts
    )


def analysis_of(entry: Entry) -> tuple[Block, ...]:
    """The analysis under its headings, each item of a list by itself."""
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
    labels = tuple(
        shortened(figure.caption, _CAPTION).rstrip(".。") or view.say("figures.label", number=i)
        for i, figure in enumerate(entry.figures, 1)
    )
    return (Figures(entry.figures, labels),)


def _links(entry: Entry, view: View) -> Line:
    paper = entry.paper
    pdf: Line = (Link(pdf_label(paper, view), paper.identifier.pdf_url),)
    return joined((pdf, *_linked(paper.links, view)), " · ")


def pdf_label(paper: Paper, view: View) -> str:
    """What the link to the paper's PDF is called; a DOI leads to its publisher's page."""
    return view.say("link.paper" if paper.identifier.is_doi else "link.pdf")


def _linked(links: Iterable[PaperLink], view: View) -> list[Line]:
    ordered = sorted(links, key=lambda link: _LINKS.index(link.kind))
    return [(Link(view.say(f"link.{link.kind}"), link.url),) for link in ordered]


def _where(topic: Topic, day: date, view: View) -> Text:
    return Text(view.say("paper.in", topic=topic.title, date=day.isoformat()), Style.MUTED)


def _paper_buttons(entry: Entry, view: View, *, full: bool, kept: bool) -> tuple[Button, ...]:
    paper = entry.paper
    keep, *out = _actions(paper, view)
    if kept:
        keep = Button(view.say("button.unsave"), f"unsave {paper.arxiv_id}", stays=True)
    unfold = () if full or view.can.folds is Folds.ALL else (_unfold(paper, view),)
    figures: tuple[Button, ...] = ()
    if entry.figures and not view.can.figures:
        label = view.say("button.figures", count=len(entry.figures))
        figures = (Button(label, f"paper {paper.arxiv_id} figures"),)
    return (keep, *unfold, *figures, *out)


def _unfold(paper: Paper, view: View) -> Button:
    return Button(view.say("button.full"), f"paper {paper.arxiv_id} full")


def _actions(paper: Paper, view: View) -> tuple[Button, ...]:
    """Keep, then what leads out: the PDF, the first project page or code, and sharing."""
    led = [link for kind in ("project", "code") for link in paper.links if link.kind == kind][:1]
    return (
        Button(view.say("button.save"), f"save {paper.arxiv_id}", stays=True),
        Button(pdf_label(paper, view), url=paper.identifier.pdf_url),
        *(Button(view.say(f"link.{link.kind}"), url=link.url) for link in led),
        Button(view.say("button.share"), share=paper.arxiv_id),
    )


def _page_buttons(command: str, page: int, pages: int, view: View) -> tuple[Button, ...]:
    buttons = []
    if page > 1:
        buttons.append(Button(view.say("button.previous"), f"{command} p{page - 1}"))
    if page < pages:
        buttons.append(Button(view.say("button.next"), f"{command} p{page + 1}"))
    return tuple(buttons)


def _paged(command: str, page: int) -> str:
    return f"{command} p{page}" if page > 1 else command
