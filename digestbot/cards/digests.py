"""Digests, and papers that were found, as cards: lists of papers, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import parts
from digestbot.cards.capabilities import Folds
from digestbot.cards.card import (
    Block,
    Button,
    Card,
    Heading,
    Item,
    Notice,
    Paragraph,
    Style,
    Text,
    Thread,
    inline,
    joined,
)
from digestbot.cards.papers import paper_card
from digestbot.cards.view import View
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.subscription import Layout, Posts, Preferences
from digestbot.domain.topic import Topic


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
            Notice(parts.notice_of(digest.entries, view)),
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
            Notice(parts.notice_of(entries, view)),
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
    lines = [inline(parts.shortened(entry.summary.headline) or view.say("paper.no_summary"))]
    if view.layout is not Layout.HEADLINES:
        lines.append(parts.byline(entry, view))
    blocks, whole = _inside(entry, view)
    actions = parts.actions(paper, view) if whole else ()
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
            *parts.takeaways(entry),
            *parts.folded(entry, view, full=False),
            *parts.figures(entry, view),
            *_more(entry, view),
            *parts.made(entry, view),
        ), True
    if view.layout is Layout.FULL:
        return (*parts.takeaways(entry), *parts.folded(entry, view, full=False)), False
    return (parts.takeaways(entry) if folds is Folds.TAKEAWAYS else ()), False


def _more(entry: Entry, view: View) -> tuple[Block, ...]:
    """The links that no button leads to."""
    led = {button.url for button in parts.actions(entry.paper, view)}
    rest = [link for link in entry.paper.links if link.url not in led]
    return (Paragraph(joined(parts.linked(rest, view), " · ")),) if rest else ()


def _page_buttons(command: str, page: int, pages: int, view: View) -> tuple[Button, ...]:
    buttons = []
    if page > 1:
        buttons.append(Button(view.say("button.previous"), f"{command} p{page - 1}"))
    if page < pages:
        buttons.append(Button(view.say("button.next"), f"{command} p{page + 1}"))
    return tuple(buttons)


def _paged(command: str, page: int) -> str:
    return f"{command} p{page}" if page > 1 else command
