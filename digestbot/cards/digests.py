"""Digests and search results as cards: paged lists of papers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from digestbot.cards import paper_blocks
from digestbot.cards.capabilities import Collapsing
from digestbot.cards.card import (
    Block,
    Button,
    Card,
    Heading,
    ListItem,
    NewThread,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    join_lines,
    parse_inline,
)
from digestbot.cards.context import RenderContext
from digestbot.cards.navigation import build_navigation_buttons, count_pages
from digestbot.cards.papers import paper_card
from digestbot.cards.titles import format_short_title
from digestbot.domain.bundle import OlderDigests, TopicSection
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Layout, PostMode, Preferences
from digestbot.domain.topic import Topic

_PREVIEW_WIDTH = 40
"""Columns of a notification for the first paper's name."""


def format_days(digests: Sequence[Digest], context: RenderContext) -> str:
    """The day of the digests, or the first and last one; they are given newest first."""
    newest, oldest = (context.format_day(digests[at].date) for at in (0, -1))
    return newest if newest == oldest else f"{oldest} – {newest}"


def _format_title(section: TopicSection, context: RenderContext) -> str:
    """The topic, the days, and how many papers there are."""
    count = format_count(len(section.list_entries()), context)
    return " · ".join((section.topic.title, format_days(section.digests, context), count))


def _format_dates(section: TopicSection) -> str:
    """The digest's date, or the first and last one."""
    newest, oldest = section.digests[0].date.isoformat(), section.digests[-1].date.isoformat()
    return newest if newest == oldest else f"{oldest} – {newest}"


def delivery_cards(
    topic: Topic,
    digest: Digest,
    context: RenderContext,
    preferences: Preferences,
    *,
    earlier: Sequence[Digest] = (),
    older: OlderDigests | None = None,
) -> tuple[Card, ...]:
    """The cards of a delivered digest: its pages, followed by one card per paper if the chat uses threads.

    ``earlier`` digests that come with it follow it, newest first, and each paper is shown once. A forum post starts
    with its table of contents. Papers that the reader already received are referenced, not repeated.
    """
    section = TopicSection(topic, (digest, *earlier), older)
    if preferences.post_mode is PostMode.FORUM:
        pages = _build_delivered_pages(section, replace(context, layout=Layout.HEADLINES))
        first, *rest = (_drop_paper_buttons(page, context) for page in pages)
        thread = NewThread(topic.title, _format_dates(section), topic.title, is_forum_post=True)
        return (replace(first, new_thread=thread), *rest, *_new_paper_cards(section, context))
    pages = tuple(replace(page, publish=preferences.publish) for page in _build_delivered_pages(section, context))
    paper_cards = _new_paper_cards(section, context) if preferences.post_mode is PostMode.THREADS else ()
    if not paper_cards:
        return pages
    return (*pages[:-1], replace(pages[-1], new_thread=NewThread(topic.title, _format_dates(section))), *paper_cards)


def _drop_paper_buttons(page: Card, context: RenderContext) -> Card:
    """The page without buttons for the papers that follow it in full."""
    prior = {f"paper {number}" for number in context.prior_digests or {}}
    return replace(
        page,
        blocks=tuple(
            replace(block, button=None)
            if isinstance(block, ListItem) and block.button and block.button.command not in prior
            else block
            for block in page.blocks
        ),
    )


def _build_delivered_pages(section: TopicSection, context: RenderContext) -> tuple[Card, ...]:
    """The pages, of which the first says in a notification what came."""
    first, *rest = _build_pages(section, context)
    return (replace(first, preview=_format_preview(section, context)), *rest)


def _format_preview(section: TopicSection, context: RenderContext) -> str:
    """The heading, and what the first paper is called that the reader has not received yet."""
    papers = [entry.paper for _, entry in section.list_entries()]
    return format_paper_preview(_format_title(section, context), papers, context)


def format_paper_preview(title: str, papers: Sequence[Paper], context: RenderContext) -> str:
    """A title, and what the first of the papers is called that the reader has not received yet."""
    first = [paper.title for paper in papers if paper.arxiv_id not in (context.prior_digests or {})][:1]
    names = (format_short_title(parse_inline(one), _PREVIEW_WIDTH) for one in first)
    return " · ".join((title, *names))


def _new_paper_cards(section: TopicSection, context: RenderContext) -> tuple[Card, ...]:
    """One card for each paper that the reader has not received yet."""
    return tuple(
        paper_card(entry, section.topic, digest.date, context)
        for digest, entry in section.list_entries()
        if entry.paper.arxiv_id not in (context.prior_digests or {})
    )


def digest_cards(topic: Topic, digest: Digest, context: RenderContext) -> tuple[Card, ...]:
    """All pages of a digest for delivery, without navigation buttons."""
    return _build_pages(TopicSection(topic, (digest,)), context)


def digest_card(topic: Topic, digest: Digest, context: RenderContext, page_number: int = 1) -> Card:
    """One page of a digest, with buttons to the other pages."""
    section = TopicSection(topic, (digest,))
    page_count = count_pages(len(digest.entries), context.capabilities.page_size)
    buttons = build_navigation_buttons(_digest_command(topic, digest), page_number, page_count, context)
    page = _build_page(section, context, page_number, page_count)
    where = Paragraph((Text(context.translate("digest.page", page=page_number, pages=page_count), TextStyle.MUTED),))
    blocks = (
        _build_heading(section, context),
        *((where,) if page_count > 1 else ()),
        *page.blocks,
        *_build_notices(section, context),
    )
    return replace(page, blocks=blocks, buttons=(*buttons, *page.buttons))


def _build_pages(section: TopicSection, context: RenderContext) -> tuple[Card, ...]:
    """All pages, one after the other: they go on, and repeat nothing."""
    page_count = count_pages(len(section.list_entries()), context.capabilities.page_size)
    pages = [_build_page(section, context, number, page_count) for number in range(1, page_count + 1)]
    pages[0] = replace(pages[0], blocks=(_build_heading(section, context), *pages[0].blocks))
    end = (*build_older_blocks(section.topic, section.older, context), *_build_notices(section, context))
    pages[-1] = replace(pages[-1], blocks=(*pages[-1].blocks, *end))
    return tuple(pages)


def _build_heading(section: TopicSection, context: RenderContext) -> Heading:
    return Heading((Text(_format_title(section, context)),))


def _build_notices(section: TopicSection, context: RenderContext) -> tuple[Notice, ...]:
    """Who wrote the summaries, where there are any."""
    entries = [entry for _, entry in section.list_entries()]
    return (Notice(paper_blocks.format_notice(entries, context)),) if entries else ()


def _build_page(section: TopicSection, context: RenderContext, page_number: int, page_count: int) -> Card:
    """The papers of a page."""
    entries = section.list_entries()
    page_size = -(-len(entries) // page_count)  # as many on each: not seven and one, but four and four
    offset = (page_number - 1) * page_size
    shown = entries[offset : offset + page_size]
    first_digest = shown[0][0] if shown else section.digests[0]
    command = _digest_command(section.topic, first_digest)
    return Card(
        blocks=tuple(
            _iter_items(entries, range(offset, offset + len(shown)), context, has_dates=len(section.digests) > 1)
        ),
        buttons=paper_blocks.leave_buttons(context),
        command=command if len(section.digests) > 1 else _page_command(command, page_number),
        topic=section.topic.slug,
        has_papers=True,
        menu_label=context.translate("button.open_paper"),
    )


def format_count(count: int, context: RenderContext) -> str:
    """How many papers there are."""
    return context.translate("digest.count_one" if count == 1 else "digest.count", count=count)


def _iter_items(
    entries: Sequence[tuple[Digest, Entry]], shown: range, context: RenderContext, *, has_dates: bool
) -> Iterator[Block]:
    """The entries that are shown as list items; with ``has_dates``, those of each digest under its date."""
    for index in shown:
        digest, entry = entries[index]
        is_first = index == 0 or entries[index - 1][0] is not digest
        if has_dates and is_first:
            yield Heading((Text(context.format_day(digest.date)),), level=2)
        yield entry_item(entry, context, index + 1)


def build_older_blocks(topic: Topic, older: OlderDigests | None, context: RenderContext) -> tuple[Block, ...]:
    """The line about digests that are too old to be delivered, if there are any."""
    if older is None:
        return ()
    key = "digest.older_one" if older.count == 1 else "digest.older"
    command = f"/digest {topic.slug} {older.date.isoformat()}"
    return (Paragraph((Text(context.translate(key, count=older.count, command=command), TextStyle.MUTED),)),)


def _digest_command(topic: Topic, digest: Digest) -> str:
    return f"digest {topic.slug} {digest.date.isoformat()}"


def results_card(
    title: str, subtitle: str, entries: Sequence[Entry], context: RenderContext, paging: tuple[str, int, int]
) -> Card:
    """Papers from different digests under a title. ``paging`` is the command, the page and the number of pages."""
    command, page_number, page_count = paging
    if (
        context.capabilities.collapsing is Collapsing.ALL
    ):  # a list of results stays one message, so that its pages turn in place
        context = replace(context, capabilities=replace(context.capabilities, collapsing=Collapsing.TAKEAWAYS))
    items = (
        entry_item(entry, context, (page_number - 1) * context.results_per_page + i)
        for i, entry in enumerate(entries, 1)
    )
    return Card(
        blocks=(
            Heading((Text(title),)),
            *((Paragraph((Text(subtitle, TextStyle.MUTED),)),) if subtitle else ()),
            *items,
            Notice(paper_blocks.format_notice(entries, context)),
        ),
        buttons=(
            *build_navigation_buttons(command, page_number, page_count, context),
            *paper_blocks.leave_buttons(context),
        ),
        command=_page_command(command, page_number),
        has_papers=True,
        menu_label=context.translate("button.open_paper"),
    )


def entry_item(entry: Entry, context: RenderContext, position: int | None) -> ListItem:
    """A paper as a list item."""
    paper = entry.paper
    title, button = parse_inline(paper.title), Button(context.translate("button.details"), f"paper {paper.arxiv_id}")
    prior = (context.prior_digests or {}).get(paper.arxiv_id)
    if prior:
        pointer = context.translate(
            "digest.already", topic=prior.topic, date=context.format_day(prior.date), paper=paper.arxiv_id
        )
        return ListItem(position, title, paper.url, (parse_inline(pointer, TextStyle.MUTED),), button=button)
    headline = paper_blocks.headline_line(entry, context, paper_blocks.HEADLINE_WIDTH)
    if paper.is_withdrawn:
        return ListItem(position, title, paper.url, (headline,), button=button)
    lines = () if entry.summary.headline else (headline,)
    if context.layout is not Layout.HEADLINES:
        lines = (*lines, paper_blocks.list_byline(entry, context))
    lines = (*lines, paper_blocks.reason_line(paper, context))
    blocks, is_complete = _item_blocks(entry, context)
    actions = paper_blocks.action_buttons(paper, context) if is_complete else ()
    return ListItem(
        position,
        title,
        paper.url,
        tuple(filter(None, lines)),
        blocks,
        None if is_complete else button,
        actions,
        context.layout is Layout.FULL,
        entry.figures[0] if entry.figures else None,
        headline if entry.summary.headline else (),
    )


def _item_blocks(entry: Entry, context: RenderContext) -> tuple[tuple[Block, ...], bool]:
    """The blocks that a list shows under a paper's line, and whether they are all there is."""
    collapsing = Collapsing.NOTHING if context.layout is Layout.HEADLINES else context.capabilities.collapsing
    if collapsing is Collapsing.ALL:
        return (
            *paper_blocks.takeaway_blocks(entry),
            *paper_blocks.detail_blocks(entry, context, is_expanded=False),
            *paper_blocks.figure_blocks(entry, context),
            *_extra_link_blocks(entry, context),
            *paper_blocks.provenance_blocks(entry, context),
        ), True
    if context.layout is Layout.FULL:
        return (
            *paper_blocks.takeaway_blocks(entry),
            *paper_blocks.detail_blocks(entry, context, is_expanded=False),
        ), False
    return (paper_blocks.takeaway_blocks(entry) if collapsing is Collapsing.TAKEAWAYS else ()), False


def _extra_link_blocks(entry: Entry, context: RenderContext) -> tuple[Block, ...]:
    """The links that have no button."""
    button_urls = {button.url for button in paper_blocks.action_buttons(entry.paper, context)}
    rest = [link for link in entry.paper.links if link.url not in button_urls]
    return (Paragraph(join_lines(paper_blocks.link_lines(rest, context), " · ")),) if rest else ()


def _page_command(command: str, page_number: int) -> str:
    return f"{command} p{page_number}" if page_number > 1 else command
