"""Building blocks for showing a paper, alone or in a list: byline, summary, details, figures, links and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from digestbot.cards.capabilities import MAX_AUTHORS, Collapsing
from digestbot.cards.card import (
    Block,
    Bullets,
    Button,
    Details,
    Figures,
    Heading,
    Line,
    Link,
    Paragraph,
    Text,
    TextStyle,
    join_lines,
    parse_inline,
)
from digestbot.cards.context import RenderContext
from digestbot.domain.digest import EXTRACT_WRITER, HUMAN_WRITER, PAGE_WRITER, Entry
from digestbot.domain.paper import Paper, PaperLink
from digestbot.domain.papers.licence import name_licence
from digestbot.domain.text.formulas import iter_formulas
from digestbot.domain.text.lengths import shorten_text
from digestbot.late_patterns import compile_late

HEADLINE_WIDTH = 160
_CAPTION_WIDTH = 200
_VENUE_WIDTH = 80
_SENTENCE_END = compile_late(r"(?P<mark>[。！？]++|(?<![.!?])[.!?]++(?=\s|$))\s*+")
_CLAUSE_END = compile_late(r"[，；]|[,;](?=\s)")
_MIN_CLAUSE_SHARE = 0.5
"""How much of a line has to be left where it is cut at a clause."""
_NOTICE_KINDS = {EXTRACT_WRITER: "extract", PAGE_WRITER: "page", HUMAN_WRITER: "human"}
"""What a notice says of writers; of any other that it is a language model."""
_WITHDRAWN = compile_late(
    r"^\W*withdrawn\b(?:\s+by\s+(?:the\s+)?(?:authors?|submitter)\b(?:\(s\))?)?[\s:.,;!–—-]*", re.IGNORECASE
)
_LINK_ORDER = ("code", "project", "link")


def format_authors(authors: Sequence[str], context: RenderContext, limit: int = MAX_AUTHORS) -> str:
    """The authors; beyond ``limit``, a count."""
    names = ", ".join(authors[:limit])
    if len(authors) <= limit:
        return names
    return context.translate("list.and_more", names=names, count=len(authors) - limit)


def truncate_text(text: str, limit: int = HEADLINE_WIDTH) -> str:
    """The first sentences of the text, up to ``limit`` half-width characters (a Chinese character counts two).

    If the first sentence alone is too long, it is cut at a clause, or else at a word, with an ellipsis. Formulas are
    never cut.
    """
    kept = ""
    for sentence in _iter_sentences(text):
        if kept and _measure_width(kept + sentence) > limit:
            return kept.rstrip()
        kept += sentence
        if _measure_width(kept) > limit:
            return _truncate_sentence(kept, limit)
    return kept.rstrip()


def _iter_sentences(text: str) -> Iterator[str]:
    """The text's sentences, each with the space after it. A mark alone is none."""
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if end.end("mark") - start > 1:
            yield text[start : end.end()]
            start = end.end()
    if start < len(text):
        yield text[start:]


def _truncate_sentence(text: str, limit: int) -> str:
    widths = accumulate(1 + (ord(character) >= 0x2E80) for character in text)
    end = next((index for index, width in enumerate(widths) if width >= limit), len(text))
    clause = max((mark.end() for mark in _CLAUSE_END.finditer(text, 0, end)), default=0)
    space = text.rfind(" ", end - 20, end)
    end = clause if clause >= end * _MIN_CLAUSE_SHARE else space if space > 0 else end
    end = next((formula.start() for formula in iter_formulas(text) if formula.start() < end < formula.end()), end)
    return text[:end].rstrip(" ，、,;；：:（(") + "…"


def _measure_width(text: str) -> int:
    return sum(1 + (ord(character) >= 0x2E80) for character in text)


def format_first_author(authors: Sequence[str], context: RenderContext) -> str:
    """Two authors, or the first of more."""
    return ", ".join(authors) if len(authors) <= 2 else context.translate("list.et_al", name=authors[0])


def paper_byline(entry: Entry, context: RenderContext) -> Line:
    """The authors, the venue, whether it is a new version, and finally the identifier."""
    return join_lines(
        (
            *_list_byline(entry, context, format_authors(entry.paper.authors, context)),
            (Text(str(entry.paper.identifier), TextStyle.MUTED),),
        ),
        " · ",
    )


def list_byline(entry: Entry, context: RenderContext) -> Line:
    """What a list says of a paper: the first author, the venue, and whether it is a new version.

    The identifier is there where the title does not lead to the paper, or where it has to be typed.
    """
    lines = _list_byline(entry, context, format_first_author(entry.paper.authors, context))
    if not context.capabilities.buttons or context.capabilities.collapsing is Collapsing.ALL:
        lines.append((Text(str(entry.paper.identifier), TextStyle.MUTED),))
    return join_lines(lines, " · ")


def _list_byline(entry: Entry, context: RenderContext, authors: str) -> list[Line]:
    lines: list[Line] = [(Text(authors, TextStyle.MUTED),)] if authors else []
    if accepted_at := entry.paper.venue or _name_publication(entry.paper):
        lines.append((Text(context.translate("paper.accepted", venue=accepted_at), TextStyle.BADGE),))
    if entry.is_updated:
        lines.append((Text(context.translate("paper.updated"), TextStyle.MUTED),))
    return lines


def _name_publication(paper: Paper) -> str:
    """Where its publisher says that a paper appeared, or else who published it."""
    publication = paper.publication
    return shorten_text(publication.venue or publication.publisher, _VENUE_WIDTH)


def format_notice(entries: Sequence[Entry], context: RenderContext) -> str:
    """Who wrote the summaries: a language model can be wrong, and an extract of the abstract has no other author."""
    kinds = {_NOTICE_KINDS.get(entry.summary.writer, "ai") for entry in entries} or {"ai"}
    kind = kinds.pop() if len(kinds) == 1 else _find_mixed_kind(kinds)
    return context.translate(f"notice.{kind}_one" if len(entries) == 1 else f"notice.{kind}")


def _find_mixed_kind(kinds: set[str]) -> str:
    if "ai" in kinds:
        return "mixed" if kinds == {"ai", "extract"} else "partly"
    return "page"


def provenance_line(entry: Entry, context: RenderContext, *, says_extract: bool = True) -> Line:
    """What the summary is based on, which model wrote it, and the paper's licence; empty if all are unknown.

    Without ``says_extract`` that it is from the abstract is left out, where the card says so anyway.
    """
    is_said = entry.summary.writer == EXTRACT_WRITER and not says_extract
    made = join_lines([] if is_said else _list_makers(entry, context), "，" if context.language == "zh" else ", ")
    licence = entry.paper.licence
    name = name_licence(licence)
    licence_line: Line = (Link(context.translate("paper.licence", name=name), licence),) if name else ()
    return join_lines(tuple(filter(None, (made, licence_line))), " · ")


def _list_makers(entry: Entry, context: RenderContext) -> list[Line]:
    summary = entry.summary
    if not summary.basis or entry.paper.is_withdrawn:
        return []
    is_extract = summary.writer == EXTRACT_WRITER
    lines: list[Line] = [
        (Text(context.translate(f"paper.basis_{'extract' if is_extract else summary.basis}"), TextStyle.MUTED),)
    ]
    if summary.writer and not is_extract:
        lines.append((Text(context.translate("paper.writer", writer=summary.writer), TextStyle.MUTED),))
    return lines


def headline_line(entry: Entry, context: RenderContext, limit: int | None = None) -> Line:
    """The headline, or that the paper is withdrawn, in its authors' words."""
    paper = entry.paper
    if paper.is_withdrawn:
        comment = truncate_text(_WITHDRAWN.sub("", paper.comment))
        key = "paper.withdrawn" if comment else "paper.withdrawn_silently"
        return parse_inline(context.translate(key, comment=comment), TextStyle.STRONG)
    headline = entry.summary.headline or context.translate("paper.no_summary")
    return parse_inline(truncate_text(headline, limit)) if limit else _emphasize_lead(headline)


def _emphasize_lead(headline: str) -> Line:
    """The headline with its first sentences in bold: a whole paragraph of it would be hard to read."""
    lead = truncate_text(headline)
    if not headline.startswith(lead):
        return parse_inline(headline)
    return (*parse_inline(lead, TextStyle.STRONG), *parse_inline(headline[len(lead) :]))


def provenance_blocks(entry: Entry, context: RenderContext, *, says_extract: bool = True) -> tuple[Block, ...]:
    """:func:`provenance_line` as a paragraph; no blocks if it is empty."""
    line = provenance_line(entry, context, says_extract=says_extract)
    return (Paragraph(line),) if line else ()


def takeaway_blocks(entry: Entry) -> tuple[Block, ...]:
    """The takeaways as a list."""
    items = tuple(parse_inline(item) for item in entry.summary.takeaways)
    return (Bullets(items),) if items else ()


def detail_blocks(entry: Entry, context: RenderContext, *, is_expanded: bool) -> tuple[Block, ...]:
    """The abstract and the analysis: collapsed, or in full under headings."""
    paper = entry.paper
    sections: list[tuple[str, tuple[Block, ...], int]] = []
    if paper.abstract:
        sections.append(
            (context.translate("paper.abstract"), (Paragraph(parse_inline(paper.abstract)),), len(paper.abstract))
        )
    if analysis := analysis_blocks(entry):
        sections.append(
            (
                context.translate("paper.analysis"),
                analysis,
                sum(len(section.body) for section in entry.summary.sections),
            )
        )
    if is_expanded:
        return tuple(block for title, blocks, _ in sections for block in (Heading((Text(title),), level=2), *blocks))
    command = f"paper {paper.arxiv_id} full"
    return tuple(
        Details(title, blocks, command, context.translate("paper.collapsed", count=f"{count:,}", paper=paper.arxiv_id))
        for title, blocks, count in sections
    )


def analysis_blocks(entry: Entry) -> tuple[Block, ...]:
    """The analysis under its headings, with list items as separate bullets."""
    blocks: list[Block] = []
    for section in entry.summary.sections:
        blocks.append(Heading(parse_inline(section.title), level=3))
        for line in section.body.split("\n"):
            item = line.strip()
            if item.startswith(("- ", "* ", "• ")):
                blocks.append(Bullets((parse_inline(item[2:].strip()),)))
            elif item:
                blocks.append(Paragraph(parse_inline(item)))
    return tuple(blocks)


def figure_blocks(entry: Entry, context: RenderContext) -> tuple[Block, ...]:
    """The figures, labelled with their captions or else numbered."""
    if not entry.figures:
        return ()
    labels = tuple(
        truncate_text(figure.caption, _CAPTION_WIDTH).rstrip(".。") or context.translate("figures.label", number=i)
        for i, figure in enumerate(entry.figures, 1)
    )
    return (Figures(entry.figures, labels),)


def links_line(entry: Entry, context: RenderContext) -> Line:
    """All links of a paper: the PDF, then code, project page and others."""
    paper = entry.paper
    pdf: Line = (Link(format_pdf_label(paper, context), paper.identifier.pdf_url),)
    return join_lines((pdf, *link_lines(paper.links, context)), " · ")


def format_pdf_label(paper: Paper, context: RenderContext) -> str:
    """The label of the PDF link; a DOI leads to the publisher's page."""
    return context.translate("link.paper" if paper.identifier.is_doi else "link.pdf")


def link_lines(links: Iterable[PaperLink], context: RenderContext) -> list[Line]:
    """Links by kind, code first."""
    ordered = sorted(links, key=lambda link: _LINK_ORDER.index(link.kind))
    return [(Link(context.translate(f"link.{link.kind}"), link.url),) for link in ordered]


def reason_line(paper: Paper, context: RenderContext) -> Line:
    """Why a paper came; empty where that is plain."""
    reason = (context.reasons or {}).get(paper.arxiv_id)
    return (Text(context.translate("list.reason", reason=reason), TextStyle.MUTED),) if reason else ()


def action_buttons(paper: Paper, context: RenderContext) -> tuple[Button, ...]:
    """Save, then the outgoing links: the PDF, the first project page or code, and sharing."""
    links = [link for kind in ("project", "code") for link in paper.links if link.kind == kind][:1]
    return (
        Button(context.translate("button.save"), f"save {paper.arxiv_id}", keeps_card=True),
        Button(format_pdf_label(paper, context), url=paper.identifier.pdf_url),
        *(Button(context.translate(f"link.{link.kind}"), url=link.url) for link in links),
        Button(context.translate("button.share"), share_query=paper.arxiv_id),
    )


def leave_buttons(context: RenderContext) -> tuple[Button, ...]:
    """The button that shows the card classic from now on, where one of the reader's apps may not show it as it is."""
    if not context.capabilities.can_leave_rich:
        return ()
    return (Button(context.translate("button.unreadable"), "settings format classic", keeps_card=True),)
