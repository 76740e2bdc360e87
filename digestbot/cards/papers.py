"""Cards for a single paper."""

from __future__ import annotations

from datetime import date

from digestbot.cards import paper_blocks
from digestbot.cards.capabilities import Collapsing
from digestbot.cards.card import (
    Button,
    Card,
    Heading,
    Notice,
    Paragraph,
    Text,
    TextStyle,
    join_lines,
    parse_inline,
)
from digestbot.cards.context import RenderContext
from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.topic import Topic
from digestbot.quality.cleanup import INSTRUCTIONS, PLACEHOLDER


def paper_card(
    entry: Entry, topic: Topic, day: date, context: RenderContext, *, is_expanded: bool = False, is_saved: bool = False
) -> Card:
    """A paper in full. ``is_expanded`` opens every section for platforms that cannot collapse."""
    paper, summary = entry.paper, entry.summary
    warning = (
        (Paragraph((Text(context.translate("paper.flagged"), TextStyle.MUTED),)),)
        if {PLACEHOLDER, INSTRUCTIONS} & set(summary.flags)
        else ()
    )
    return Card(
        blocks=(
            Heading(parse_inline(paper.title), paper.url),
            Paragraph(paper_blocks.paper_byline(entry, context)),
            Paragraph(paper_blocks.headline_line(entry, context)),
            *paper_blocks.takeaway_blocks(entry),
            *paper_blocks.detail_blocks(entry, context, is_expanded=is_expanded),
            *paper_blocks.figure_blocks(entry, context),
            *warning,
            Paragraph(
                join_lines((paper_blocks.links_line(entry, context), (_origin_text(topic, day, context),)), " · ")
            ),
            *paper_blocks.provenance_blocks(entry, context),
            Notice(paper_blocks.format_notice((entry,), context)),
        ),
        buttons=_paper_buttons(entry, context, is_expanded=is_expanded, is_saved=is_saved),
        command=f"paper {paper.arxiv_id}" + (" full" if is_expanded else ""),
        topic=topic.slug,
        has_papers=True,
    )


def figures_card(entry: Entry, context: RenderContext) -> Card:
    """The figures of a paper."""
    paper = entry.paper
    figures = paper_blocks.figure_blocks(entry, context) or (Paragraph((Text(context.translate("figures.none")),)),)
    command = f"paper {paper.arxiv_id} figures"
    return Card((Heading(parse_inline(paper.title), paper.url), *figures), command=command, has_papers=True)


def _origin_text(topic: Topic, day: date, context: RenderContext) -> Text:
    return Text(context.translate("paper.in", topic=topic.title, date=day.isoformat()), TextStyle.MUTED)


def _paper_buttons(entry: Entry, context: RenderContext, *, is_expanded: bool, is_saved: bool) -> tuple[Button, ...]:
    paper = entry.paper
    save, *link_buttons = paper_blocks.action_buttons(paper, context)
    if is_saved:
        save = Button(context.translate("button.unsave"), f"unsave {paper.arxiv_id}", keeps_card=True)
    expand = (
        () if is_expanded or context.capabilities.collapsing is Collapsing.ALL else (_expand_button(paper, context),)
    )
    figures: tuple[Button, ...] = ()
    if entry.figures and not context.capabilities.figures:
        label = context.translate("button.figures", count=len(entry.figures))
        figures = (Button(label, f"paper {paper.arxiv_id} figures"),)
    return (save, *expand, *figures, *link_buttons, *paper_blocks.leave_buttons(context))


def _expand_button(paper: Paper, context: RenderContext) -> Button:
    return Button(context.translate("button.full"), f"paper {paper.arxiv_id} full")
