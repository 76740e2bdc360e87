"""Cards for a single paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from digestbot.cards import paper_blocks
from digestbot.cards.answers import ask_button
from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Card,
    Heading,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    join_lines,
    parse_inline,
    to_plain_text,
)
from digestbot.cards.context import RenderContext
from digestbot.cards.navigation import build_navigation_buttons
from digestbot.cards.saved_marks import mark_lines
from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.papers.saved_marks import NO_MARKS, SavedMarks
from digestbot.domain.topic import Topic
from digestbot.quality.cleanup import INSTRUCTIONS, PLACEHOLDER

_PAGE_CHARACTERS = 2_400
"""Characters of an analysis on a page: what a phone shows in about two screens."""
_MAX_CATEGORIES = 5
"""How many of a paper's categories are named: hardly any paper has more."""


def paper_card(
    entry: Entry,
    topic: Topic | None,
    day: date,
    context: RenderContext,
    *,
    categories: Sequence[str] = (),
    is_looked_up: bool = False,
    is_expanded: bool = False,
    is_saved: bool = False,
    marks: SavedMarks = NO_MARKS,
) -> Card:
    """A paper in full. ``is_expanded`` opens every section for platforms that cannot collapse.

    It says where it is from: from a topic's digest, or without a topic from the announcement of a day. The day of a
    paper that ``is_looked_up`` is its own. ``marks``: what the only reader of the card wrote beside it.
    """
    paper, summary = entry.paper, entry.summary
    origin = _describe_publication(paper, day, context) if is_looked_up else _describe_day(topic, day, context)
    warning = (
        (Paragraph((Text(context.translate("paper.flagged"), TextStyle.MUTED),)),)
        if {PLACEHOLDER, INSTRUCTIONS} & set(summary.flags)
        else ()
    )
    return Card(
        blocks=(
            Heading(parse_inline(paper.title), paper.url),
            Paragraph(paper_blocks.paper_byline(entry, context)),
            *map(Paragraph, mark_lines(marks, context)),
            Paragraph(paper_blocks.headline_line(entry, context)),
            *paper_blocks.takeaway_blocks(entry),
            *_section_blocks(entry, context, is_expanded=is_expanded),
            *paper_blocks.figure_blocks(entry, context),
            *warning,
            Paragraph(
                join_lines((paper_blocks.links_line(entry, context), (_origin_text(origin, categories),)), " · ")
            ),
            *paper_blocks.provenance_blocks(entry, context, says_extract=False),
            Notice(paper_blocks.format_notice((entry,), context)),
        ),
        buttons=_paper_buttons(entry, context, is_expanded=is_expanded, is_saved=is_saved),
        command=f"paper {paper.arxiv_id}" + (" full" if is_expanded else ""),
        topic=topic.slug if topic else "",
        has_papers=True,
    )


def _section_blocks(entry: Entry, context: RenderContext, *, is_expanded: bool) -> tuple[Block, ...]:
    """The abstract and the analysis, unless they are behind buttons."""
    if context.capabilities.section_buttons and not is_expanded:
        return ()
    return paper_blocks.detail_blocks(entry, context, is_expanded=is_expanded)


def section_card(
    entry: Entry, name: str, context: RenderContext, page_number: int = 1, *, command: str = "", url: str | None = None
) -> Card:
    """The ``abstract`` or the ``analysis`` of a paper alone, a page of it at a time; the last page for a later one.

    ``command`` shows its first page, and ``url`` is the paper's own page, where they are not as arXiv's papers have.
    """
    paper = entry.paper
    pages = _divide_into_pages(_list_section(entry, name)) or [
        (Paragraph((Text(context.translate("paper.no_part")),)),)
    ]
    number = min(page_number, len(pages))
    label = context.translate(f"paper.{name}")
    where = context.translate("digest.page", page=number, pages=len(pages))
    subtitle = f"{label} · {where}" if len(pages) > 1 else label
    command = command or f"paper {paper.arxiv_id} {name}"
    return Card(
        (
            Heading(parse_inline(paper.title), paper.url if url is None else url),
            Paragraph((Text(subtitle, TextStyle.MUTED),)),
            *pages[number - 1],
        ),
        build_navigation_buttons(command, number, len(pages), context),
        command=command + (f" p{number}" if number > 1 else ""),
        has_papers=True,
    )


def _list_section(entry: Entry, name: str) -> tuple[Block, ...]:
    if name == "analysis":
        return paper_blocks.analysis_blocks(entry)
    return (Paragraph(parse_inline(entry.paper.abstract)),) if entry.paper.abstract else ()


def _divide_into_pages(blocks: Sequence[Block]) -> list[tuple[Block, ...]]:
    """The blocks in pages of about the same length; a heading stands on the page of what follows it."""
    pages: list[list[Block]] = []
    used = 0
    for index, block in enumerate(blocks):
        size = _count_characters(block)
        needed = size + (
            _count_characters(blocks[index + 1]) if isinstance(block, Heading) and blocks[index + 1 :] else 0
        )
        if not pages or (used and used + needed > _PAGE_CHARACTERS):
            pages.append([])
            used = 0
        pages[-1].append(block)
        used += size
    return [tuple(page) for page in pages]


def _count_characters(block: Block) -> int:
    match block:
        case Heading(line) | Paragraph(line):
            return len(to_plain_text(line))
        case Bullets(items):
            return sum(len(to_plain_text(line)) for line in items)
        case _:
            return 0


def figures_card(entry: Entry, context: RenderContext) -> Card:
    """The figures of a paper."""
    paper = entry.paper
    figures = paper_blocks.figure_blocks(entry, context) or (Paragraph((Text(context.translate("figures.none")),)),)
    command = f"paper {paper.arxiv_id} figures"
    return Card((Heading(parse_inline(paper.title), paper.url), *figures), command=command, has_papers=True)


def _origin_text(origin: str, categories: Sequence[str]) -> Text:
    """Where the paper is from, and arXiv's categories."""
    return Text(" · ".join(filter(None, (origin, " ".join(categories[:_MAX_CATEGORIES])))), TextStyle.MUTED)


def _describe_day(topic: Topic | None, day: date, context: RenderContext) -> str:
    """The digest, or the announcement."""
    if topic:
        return context.translate("paper.in", topic=topic.title, date=context.format_day(day))
    return context.translate("paper.announced", date=context.format_day(day))


def _describe_publication(paper: Paper, day: date, context: RenderContext) -> str:
    """Since when a paper is out that no digest and no announcement has shown."""
    if not paper.identifier.is_doi:
        return context.translate("paper.submitted", date=context.format_day(day))
    year = paper.publication.year
    return (
        context.translate("paper.published", date=context.format_day(day) if paper.publication.day else year)
        if year
        else ""
    )


def _paper_buttons(entry: Entry, context: RenderContext, *, is_expanded: bool, is_saved: bool) -> tuple[Button, ...]:
    paper = entry.paper
    save, *others = paper_blocks.action_buttons(paper, context)
    others = [button for button in others if not button.url]  # they stand in the card's own line of links
    if is_saved:
        save = Button(context.translate("button.unsave"), f"unsave {paper.arxiv_id}", keeps_card=True)
    expand = () if is_expanded else _section_buttons(entry, context)
    figures: tuple[Button, ...] = ()
    if entry.figures and not context.capabilities.figures:
        label = context.translate("button.figures", count=len(entry.figures))
        figures = (Button(label, f"paper {paper.arxiv_id} figures"),)
    cite = Button(context.translate("button.cite"), f"cite {paper.arxiv_id}")
    related = Button(context.translate("button.related"), f"related {paper.arxiv_id}")
    ask = () if paper.is_withdrawn else ask_button(paper.arxiv_id, context)
    return (*expand, *ask, save, cite, related, *figures, *others, *paper_blocks.leave_buttons(context))


def _section_buttons(entry: Entry, context: RenderContext) -> tuple[Button, ...]:
    """What opens the abstract and the analysis, where the card neither holds them nor folds them."""
    command = f"paper {entry.paper.arxiv_id}"
    if context.capabilities.section_buttons:
        names = ("abstract",) * bool(entry.paper.abstract) + ("analysis",) * bool(entry.summary.sections)
        return tuple(Button(context.translate(f"paper.{name}"), f"{command} {name}") for name in names)
    return () if context.capabilities.details else (Button(context.translate("button.full"), f"{command} full"),)
