"""Cards of PDFs that people sent for themselves."""

from __future__ import annotations

from collections.abc import Iterator

from digestbot.cards import paper_blocks
from digestbot.cards.answers import ask_button
from digestbot.cards.card import Block, Button, Card, Details, Heading, Notice, Paragraph, Text, TextStyle, parse_inline
from digestbot.cards.context import RenderContext
from digestbot.cards.papers import section_card
from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.papers.sent_pdf import SentPdf


def sent_pdf_card(pdf: SentPdf, context: RenderContext) -> Card:
    """A PDF with its summary, and that nobody else sees it; with the paper on arXiv that it is, where that is known."""
    entry = _to_entry(pdf)
    pages = context.translate_count("pdf.pages", pdf.page_count)
    told = context.translate("pdf.private", name=pdf.file_name, pages=pages)
    return Card(
        (
            Heading(parse_inline(pdf.title)),
            Paragraph((Text(told, TextStyle.MUTED),)),
            Paragraph(paper_blocks.headline_line(entry, context)),
            *paper_blocks.takeaway_blocks(entry),
            *_analysis_blocks(entry, context),
            *paper_blocks.provenance_blocks(entry, context),
            Notice(paper_blocks.format_notice((entry,), context)),
        ),
        tuple(_iter_buttons(pdf, context)),
        command=f"summarize {pdf.name}",
        has_papers=True,
    )


def sent_pdf_analysis_card(pdf: SentPdf, context: RenderContext, page_number: int = 1) -> Card:
    """A page of the analysis of a PDF, where its card has no room for that."""
    command = f"summarize {pdf.name} analysis"
    return section_card(_to_entry(pdf), "analysis", context, page_number, command=command, url="")


def _to_entry(pdf: SentPdf) -> Entry:
    return Entry(Paper(pdf.name, 1, pdf.title, (), "", ""), pdf.summary)


def _analysis_blocks(entry: Entry, context: RenderContext) -> tuple[Block, ...]:
    """The analysis, folded where that is possible; none where a button shows it."""
    analysis = paper_blocks.analysis_blocks(entry)
    if not analysis or context.capabilities.section_buttons:
        return ()
    return (Details(context.translate("paper.analysis"), analysis),) if context.capabilities.details else analysis


def _iter_buttons(pdf: SentPdf, context: RenderContext) -> Iterator[Button]:
    if pdf.summary.sections and context.capabilities.section_buttons:
        yield Button(context.translate("paper.analysis"), f"summarize {pdf.name} analysis")
    if pdf.sections:
        yield from ask_button(pdf.name, context)
    if pdf.arxiv_id:
        yield Button(context.translate("button.pdf_paper", paper=pdf.arxiv_id), f"paper {pdf.arxiv_id}")
