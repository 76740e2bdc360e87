"""Bundles as cards: what a chat receives at one time, a section a topic."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from digestbot.cards import paper_blocks
from digestbot.cards.capabilities import Collapsing
from digestbot.cards.card import (
    Block,
    Button,
    Card,
    Heading,
    Line,
    NewThread,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    parse_inline,
)
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import (
    build_older_blocks,
    delivery_cards,
    entry_item,
    format_count,
    format_days,
    format_paper_preview,
)
from digestbot.cards.navigation import build_navigation_buttons
from digestbot.cards.papers import paper_card
from digestbot.cards.titles import format_short_title
from digestbot.domain.bundle import MAX_SHOWN_PAPERS, Bundle, BundledPaper, TopicSection
from digestbot.domain.subscription import PostMode, Preferences

_TITLE_WIDTH = 40
"""Columns for the name of a paper that another section shows."""
_MAX_NAMED, _MAX_ALL_NAMED = 5, 50
"""How many of these a section names, and all sections together, beside one each: topics may overlap wholly."""


@dataclass(frozen=True, slots=True)
class _BundleView:
    """A bundle as it is shown: its papers in their order, and the command that shows it again.

    ``sent_papers`` are those that are sent at once, by arXiv number.
    """

    bundle: Bundle
    papers: Sequence[BundledPaper]
    pages: Sequence[Sequence[BundledPaper]]
    command: str
    context: RenderContext
    sent_papers: Mapping[str, BundledPaper]

    @classmethod
    def build(cls, bundle: Bundle, command: str, context: RenderContext, hidden: Collection[str] = ()) -> _BundleView:
        """The bundle in pages: those that are sent at once, and then the others; each without what is ``hidden``."""
        papers, page_size = bundle.list_papers(), context.capabilities.page_size or MAX_SHOWN_PAPERS
        sent, rest = papers[:MAX_SHOWN_PAPERS], papers[MAX_SHOWN_PAPERS:]
        pages = [*_divide(sent, page_size), *(_divide(rest, page_size) if rest else ())]
        if hidden:
            pages = [[one for one in page if one.entry.paper.arxiv_id not in hidden] for page in pages]
        shown = {one.entry.paper.arxiv_id: one for one in sent if one.entry.paper.arxiv_id not in hidden}
        return cls(bundle, papers, pages, command, context, shown)

    @property
    def title(self) -> str:
        """The days, and how many topics and papers there are."""
        topics = self.context.translate_count("bundle.topics", len(self.bundle.sections))
        count = format_count(len(self.papers), self.context)
        return " · ".join((format_days(self.bundle.digests, self.context), topics, count))


def bundle_cards(bundle: Bundle, command: str, context: RenderContext, preferences: Preferences) -> tuple[Card, ...]:
    """The cards of a delivery; a single topic's are those of its digests.

    Of several topics the first papers are sent, some of each, and a button shows the others. Each paper is shown once,
    and named in the other sections that have it. ``command`` shows all of it.
    """
    if len(bundle.sections) == 1:
        section = bundle.sections[0]
        newest, *earlier = section.digests
        return delivery_cards(section.topic, newest, context, preferences, earlier=earlier, older=section.older)
    view = _BundleView.build(bundle, command, context)
    pages = [replace(page, publish=preferences.publish) for page in _build_sent_pages(view)]
    new_papers = list(_iter_new_papers(view)) if preferences.post_mode is not PostMode.PAGES else []
    if not new_papers:
        return tuple(pages)
    topics = context.translate_count("bundle.topics", len(bundle.sections))
    thread = NewThread(topics, format_days(bundle.digests, context))
    return (*pages[:-1], replace(pages[-1], new_thread=thread), *new_papers)


def bundle_card(
    bundle: Bundle, command: str, context: RenderContext, page_number: int, *, hidden: Collection[str] = ()
) -> Card | None:
    """One page of a bundle, with buttons to the pages beside it; ``None`` where there is no such page.

    The papers with the ``hidden`` arXiv numbers are left out; the others keep their numbers.
    """
    capabilities = context.capabilities
    if capabilities.collapsing is Collapsing.ALL:  # it stays one message, so that its pages turn in place
        context = replace(context, capabilities=replace(capabilities, collapsing=Collapsing.TAKEAWAYS))
    view = _BundleView.build(bundle, command, context, hidden)
    pages = view.pages
    if page_number > len(pages):
        return None
    where = context.translate("digest.page", page=page_number, pages=len(pages))
    page = _build_page(view, page_number)
    heading = (Heading((Text(view.title),)), Paragraph((Text(where, TextStyle.MUTED),)))
    buttons = build_navigation_buttons(command, page_number, len(pages), context)
    blocks = (*(heading if len(pages) > 1 else heading[:1]), *page.blocks, *_build_notices(view))
    return replace(page, blocks=blocks, buttons=(*buttons, *page.buttons))


def count_pages(bundle: Bundle, context: RenderContext) -> int:
    """How many pages a bundle has."""
    return len(_BundleView.build(bundle, "", context).pages)


def _divide(papers: Sequence[BundledPaper], page_size: int) -> list[Sequence[BundledPaper]]:
    """The papers in pages, as many on each: not seven and one, but four and four."""
    count = max(1, -(-len(papers) // page_size))
    size = max(1, -(-len(papers) // count))
    return [papers[start : start + size] for start in range(0, max(1, len(papers)), size)]


def _build_sent_pages(view: _BundleView) -> list[Card]:
    """The pages that are sent at once: they go on, and repeat nothing."""
    count = sum(1 for page in view.pages if not page or page[0].number <= MAX_SHOWN_PAPERS)
    pages = [_build_page(view, number) for number in range(1, count + 1)]
    preview = format_paper_preview(view.title, [one.entry.paper for one in view.papers], view.context)
    pages[0] = replace(pages[0], preview=preview, blocks=(Heading((Text(view.title),)), *pages[0].blocks))
    hidden = len(view.papers) - MAX_SHOWN_PAPERS
    more: tuple[Button, ...] = ()
    if hidden > 0:
        more = (Button(view.context.translate("button.more_papers", count=hidden), f"{view.command} p{count + 1}"),)
    last = pages[-1]
    pages[-1] = replace(last, blocks=(*last.blocks, *_build_notices(view)), buttons=(*more, *last.buttons))
    return pages


def _build_page(view: _BundleView, page_number: int) -> Card:
    """The papers of a page under the titles of their topics."""
    return Card(
        blocks=tuple(_iter_page_blocks(view, page_number)),
        buttons=paper_blocks.leave_buttons(view.context),
        command=f"{view.command} p{page_number}" if page_number > 1 else view.command,
        has_papers=True,
        menu_label=view.context.translate("button.open_paper"),
    )


def _iter_page_blocks(view: _BundleView, page_number: int) -> Iterator[Block]:
    for section in view.bundle.sections:
        own = [one for one in view.pages[page_number - 1] if one.section is section]
        is_closed_here = _find_closing_page(view, section) == page_number
        closing = (*_repeat_blocks(view, section), *build_older_blocks(section.topic, section.older, view.context))
        if own or (is_closed_here and closing):
            yield Heading((Text(_format_section(view, section)),), level=2)
            yield from _iter_items(view, section, own)
        if is_closed_here:
            yield from closing


def _find_closing_page(view: _BundleView, section: TopicSection) -> int:
    """The page with a section's last lines: that of its last paper that is sent at once, or of the one before it."""
    index = view.bundle.sections.index(section)
    until = view.bundle.sections[: index + 1]
    last = max((one.number for one in view.papers[:MAX_SHOWN_PAPERS] if one.section in until), default=1)
    return next((at for at, page in enumerate(view.pages, 1) if page and page[-1].number >= last), 1)


def _format_section(view: _BundleView, section: TopicSection) -> str:
    """The topic, its days where the bundle has others too, and how many papers it has."""
    has_days = len({digest.date for digest in view.bundle.digests}) > 1
    days = (format_days(section.digests, view.context),) if has_days else ()
    return " · ".join((section.topic.title, *days, format_count(len(section.list_entries()), view.context)))


def _iter_items(view: _BundleView, section: TopicSection, papers: Sequence[BundledPaper]) -> Iterator[Block]:
    """The papers of a section as list items; those of each of several digests under its date."""
    day = None
    for one in papers:
        if len(section.digests) > 1 and one.digest.date != day:
            day = one.digest.date
            yield Heading((Text(view.context.format_day(day)),), level=3)
        yield entry_item(one.entry, view.context, one.number)


def _repeat_blocks(view: _BundleView, section: TopicSection) -> tuple[Block, ...]:
    """The line about the section's papers that another section shows, of those that are sent at once."""
    own = (view.sent_papers.get(entry.paper.arxiv_id) for _, entry in section.list_entries())
    elsewhere = sorted((one for one in own if one and one.section is not section), key=attrgetter("number"))
    if not elsewhere:
        return ()
    most = max(1, min(_MAX_NAMED, _MAX_ALL_NAMED // len(view.bundle.sections)))
    names = " · ".join(
        f"{one.number}. {format_short_title(parse_inline(one.entry.paper.title), _TITLE_WIDTH)}"
        for one in elsewhere[:most]
    )
    if (left := len(elsewhere) - most) > 0:
        names = view.context.translate("bundle.elsewhere_more", papers=names, count=left)
    line: Line = (Text(view.context.translate("bundle.elsewhere", papers=names), TextStyle.MUTED),)
    return (Paragraph(line),)


def _build_notices(view: _BundleView) -> tuple[Notice, ...]:
    """Who wrote the summaries, where there are any."""
    entries = [one.entry for one in view.papers]
    return (Notice(paper_blocks.format_notice(entries, view.context)),) if entries else ()


def _iter_new_papers(view: _BundleView) -> Iterator[Card]:
    """A card for each paper that is sent and that the reader has not received yet."""
    for one in view.papers[:MAX_SHOWN_PAPERS]:
        if one.entry.paper.arxiv_id not in (view.context.prior_digests or {}):
            yield paper_card(one.entry, one.section.topic, one.digest.date, view.context)
