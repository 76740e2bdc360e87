"""Digests and search results as cards: paged lists of papers."""

from __future__ import annotations

from collections.abc import Sequence
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
from digestbot.cards.papers import paper_card
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.subscription import Layout, PostMode, Preferences
from digestbot.domain.topic import Topic


def count_pages(count: int, page_size: int | None) -> int:
    """The number of pages for ``count`` papers; one without a ``page_size``."""
    return 1 if page_size is None else max(1, -(-count // page_size))


def delivery_cards(topic: Topic, digest: Digest, context: RenderContext, preferences: Preferences) -> tuple[Card, ...]:
    """The cards of a delivered digest: its pages, followed by one card per paper if the chat uses threads.

    A forum post starts with its table of contents. Papers that the reader already received are referenced, not
    repeated.
    """
    if preferences.post_mode is PostMode.FORUM:
        first, *rest = digest_cards(topic, digest, replace(context, layout=Layout.HEADLINES))
        post = replace(first, new_thread=NewThread(_format_title(topic, digest), topic.title, is_forum_post=True))
        return (post, *rest, *_new_paper_cards(topic, digest, context))
    pages = tuple(replace(page, publish=preferences.publish) for page in digest_cards(topic, digest, context))
    paper_cards = _new_paper_cards(topic, digest, context) if preferences.post_mode is PostMode.THREADS else ()
    if not paper_cards:
        return pages
    return (*pages[:-1], replace(pages[-1], new_thread=NewThread(_format_title(topic, digest))), *paper_cards)


def _format_title(topic: Topic, digest: Digest) -> str:
    return f"{topic.title} · {digest.date.isoformat()}"


def _new_paper_cards(topic: Topic, digest: Digest, context: RenderContext) -> tuple[Card, ...]:
    """One card for each paper that the reader has not received yet."""
    new_entries = (entry for entry in digest.entries if entry.paper.arxiv_id not in (context.prior_digests or {}))
    return tuple(paper_card(entry, topic, digest.date, context) for entry in new_entries)


def digest_cards(topic: Topic, digest: Digest, context: RenderContext) -> tuple[Card, ...]:
    """All pages of a digest for delivery, without navigation buttons."""
    page_count = count_pages(len(digest.entries), context.capabilities.page_size)
    return tuple(
        digest_card(topic, digest, context, page_number, has_navigation=False)
        for page_number in range(1, page_count + 1)
    )


def digest_card(
    topic: Topic, digest: Digest, context: RenderContext, page_number: int = 1, *, has_navigation: bool = True
) -> Card:
    """One page of a digest, with buttons to the other pages if ``has_navigation``."""
    count, page_size = len(digest.entries), context.capabilities.page_size
    page_count = count_pages(count, page_size)
    subtitle = [context.translate("digest.count_one" if count == 1 else "digest.count", count=count)]
    if page_count > 1:
        subtitle.append(context.translate("digest.page", page=page_number, pages=page_count))
    offset = (page_number - 1) * (page_size or 0)
    entries = digest.entries[offset : offset + page_size] if page_size else digest.entries
    command = f"digest {topic.slug} {digest.date.isoformat()}"
    return Card(
        blocks=(
            Heading((Text(_format_title(topic, digest)),)),
            Paragraph((Text(" · ".join(subtitle), TextStyle.MUTED),)),
            *(entry_item(entry, context, offset + i) for i, entry in enumerate(entries, 1)),
            Notice(paper_blocks.format_notice(digest.entries, context)),
        ),
        buttons=_navigation_buttons(command, page_number, page_count, context) if has_navigation else (),
        command=_page_command(command, page_number),
        topic=topic.slug,
    )


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
            Paragraph((Text(subtitle, TextStyle.MUTED),)),
            *items,
            Notice(paper_blocks.format_notice(entries, context)),
        ),
        buttons=_navigation_buttons(command, page_number, page_count, context),
        command=_page_command(command, page_number),
    )


def entry_item(entry: Entry, context: RenderContext, position: int | None) -> ListItem:
    """A paper as a list item."""
    paper = entry.paper
    title, button = parse_inline(paper.title), Button(context.translate("button.details"), f"paper {paper.arxiv_id}")
    prior = (context.prior_digests or {}).get(paper.arxiv_id)
    if prior:
        pointer = context.translate(
            "digest.already", topic=prior.topic, date=prior.date.isoformat(), paper=paper.arxiv_id
        )
        return ListItem(position, title, paper.url, (parse_inline(pointer, TextStyle.MUTED),), button=button)
    lines = [parse_inline(paper_blocks.truncate_text(entry.summary.headline) or context.translate("paper.no_summary"))]
    if context.layout is not Layout.HEADLINES:
        lines.append(paper_blocks.paper_byline(entry, context))
    blocks, is_complete = _item_blocks(entry, context)
    actions = paper_blocks.action_buttons(paper, context) if is_complete else ()
    item_lines = tuple(line for line in lines if line)
    return ListItem(
        position,
        title,
        paper.url,
        item_lines,
        blocks,
        None if is_complete else button,
        actions,
        context.layout is Layout.FULL,
        entry.figures[0] if entry.figures else None,
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


def _navigation_buttons(command: str, page_number: int, page_count: int, context: RenderContext) -> tuple[Button, ...]:
    buttons = []
    if page_number > 1:
        buttons.append(Button(context.translate("button.previous"), f"{command} p{page_number - 1}"))
    if page_number < page_count:
        buttons.append(Button(context.translate("button.next"), f"{command} p{page_number + 1}"))
    return tuple(buttons)


def _page_command(command: str, page_number: int) -> str:
    return f"{command} p{page_number}" if page_number > 1 else command
