"""Cards of PDFs that people sent for themselves."""

from __future__ import annotations

from digestbot.cards import paper_blocks
from digestbot.cards.card import Button, Card, Details, Heading, Notice, Paragraph, Text, TextStyle, parse_inline
from digestbot.cards.context import RenderContext
from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.sent_pdf import SentPdf


def sent_pdf_card(pdf: SentPdf, context: RenderContext) -> Card:
    """A PDF with its summary, and that nobody else sees it; with the paper on arXiv that it is, where that is known."""
    entry = Entry(Paper(pdf.name, 1, pdf.title, (), "", ""), pdf.summary)
    pages = context.translate_count("pdf.pages", pdf.page_count)
    told = context.translate("pdf.private", name=pdf.file_name, pages=pages)
    buttons = (
        (Button(context.translate("button.pdf_paper", paper=pdf.arxiv_id), f"paper {pdf.arxiv_id}"),)
        if pdf.arxiv_id
        else ()
    )
    analysis = paper_blocks.analysis_blocks(entry)
    folded = (Details(context.translate("paper.analysis"), analysis),) if context.capabilities.details else analysis
    return Card(
        (
            Heading(parse_inline(pdf.title)),
            Paragraph((Text(told, TextStyle.MUTED),)),
            Paragraph(paper_blocks.headline_line(entry, context)),
            *paper_blocks.takeaway_blocks(entry),
            *(folded if analysis else ()),
            *paper_blocks.provenance_blocks(entry, context),
            Notice(paper_blocks.format_notice((entry,), context)),
        ),
        buttons,
        command=f"summarize {pdf.name}",
        has_papers=True,
    )
