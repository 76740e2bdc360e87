"""A paper as a card."""

from __future__ import annotations

from datetime import date

from digestbot.cards import parts
from digestbot.cards.capabilities import Folds
from digestbot.cards.card import Button, Card, Heading, Notice, Paragraph, Style, Text, inline, joined
from digestbot.cards.view import View
from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.quality import INSTRUCTIONS, PLACEHOLDER
from digestbot.domain.topic import Topic


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
            Paragraph(parts.byline(entry, view)),
            Paragraph(inline(summary.headline or view.say("paper.no_summary"), Style.STRONG)),
            *parts.takeaways(entry),
            *parts.folded(entry, view, full=full),
            *parts.figures(entry, view),
            *flagged,
            Paragraph(joined((parts.links(entry, view), (_where(topic, day, view),)), " · ")),
            *parts.made(entry, view),
            Notice(parts.notice_of((entry,), view)),
        ),
        buttons=_paper_buttons(entry, view, full=full, kept=kept),
        command=f"paper {paper.arxiv_id}" + (" full" if full else ""),
        topic=topic.slug,
    )


def figures_card(entry: Entry, view: View) -> Card:
    """A paper's figures alone."""
    paper = entry.paper
    figures = parts.figures(entry, view) or (Paragraph((Text(view.say("figures.none")),)),)
    return Card((Heading(inline(paper.title), paper.url), *figures), command=f"paper {paper.arxiv_id} figures")


def _where(topic: Topic, day: date, view: View) -> Text:
    return Text(view.say("paper.in", topic=topic.title, date=day.isoformat()), Style.MUTED)


def _paper_buttons(entry: Entry, view: View, *, full: bool, kept: bool) -> tuple[Button, ...]:
    paper = entry.paper
    keep, *out = parts.actions(paper, view)
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
