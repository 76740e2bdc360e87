"""What cards show of a paper, alone or in a list: who wrote it and its summary, what it says, and what leads on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate

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
    Style,
    Text,
    inline,
    joined,
)
from digestbot.cards.view import View
from digestbot.domain.digest import EXTRACT, Entry
from digestbot.domain.paper import Link as PaperLink
from digestbot.domain.paper import Paper, venue

_AUTHORS = 6
_HEADLINE = 160
_CAPTION = 200
_SENTENCE = re.compile(r".+?(?:[。！？]+|[.!?]+(?=\s|$)|$)\s*", re.DOTALL)
_LINKS = ("code", "project", "link")


def authors_line(authors: Sequence[str], view: View) -> str:
    """The authors; past six, a count."""
    names = ", ".join(authors[:_AUTHORS])
    if len(authors) <= _AUTHORS:
        return names
    return view.say("list.and_more", names=names, count=len(authors) - _AUTHORS)


def shortened(text: str, most: int = _HEADLINE) -> str:
    """The text's first sentences, at most so many half-width characters (a Chinese one counts two).

    A first sentence that is longer alone is cut at a word, with an ellipsis. A formula is never cut through.
    """
    kept = ""
    for sentence in _SENTENCE.findall(text):
        if kept and _width(kept + sentence) > most:
            return kept.rstrip()
        kept += sentence
        if _width(kept) > most:
            return _cut(kept, most)
    return kept.rstrip()


def _cut(text: str, most: int) -> str:
    widths = accumulate(1 + (ord(character) >= 0x2E80) for character in text)
    end = next((at for at, used in enumerate(widths) if used >= most), len(text))
    space = text.rfind(" ", end - 20, end)
    kept = text[: space if space > 0 else end]
    if kept.count("$") % 2:
        kept = kept[: kept.rfind("$")]
    return kept.rstrip(" ，、,;；：:（(") + "…"


def _width(text: str) -> int:
    return sum(1 + (ord(character) >= 0x2E80) for character in text)


def byline(entry: Entry, view: View) -> Line:
    """The authors, where it is accepted, whether it is a new version, and last its identifier."""
    parts: list[Line] = []
    if entry.paper.authors:
        parts.append((Text(authors_line(entry.paper.authors, view), Style.MUTED),))
    if where := venue(entry.paper.comment):
        parts.append((Text(view.say("paper.accepted", venue=where), Style.STRONG),))
    if entry.updated:
        parts.append((Text(view.say("paper.updated"), Style.MUTED),))
    parts.append((Text(str(entry.paper.identifier), Style.MUTED),))
    return joined(parts, " · ")


def notice_of(entries: Iterable[Entry], view: View) -> str:
    """Who wrote the summaries: a model can be wrong, and an abstract's own beginning is nobody's summary."""
    extracts = {entry.summary.writer == EXTRACT for entry in entries}
    if extracts == {True}:
        return view.say("notice.extract")
    return view.say("notice.mixed" if True in extracts else "notice")


def made_by(entry: Entry, view: View) -> Line:
    """What the summary was written from and by whom; empty where that is not known."""
    summary = entry.summary
    if not summary.basis:
        return ()
    own = summary.writer == EXTRACT
    parts: list[Line] = [(Text(view.say(f"paper.basis_{'extract' if own else summary.basis}"), Style.MUTED),)]
    if summary.writer and not own:
        parts.append((Text(view.say("paper.writer", writer=summary.writer), Style.MUTED),))
    return joined(parts, ", ")


def made(entry: Entry, view: View) -> tuple[Block, ...]:
    """What :func:`made_by` tells, as a paragraph, where it tells something."""
    line = made_by(entry, view)
    return (Paragraph(line),) if line else ()


def takeaways(entry: Entry) -> tuple[Block, ...]:
    """The takeaways as a list."""
    items = tuple(inline(item) for item in entry.summary.takeaways)
    return (Bullets(items),) if items else ()


def folded(entry: Entry, view: View, *, full: bool) -> tuple[Block, ...]:
    """The abstract and the analysis: folded, or whole under headings."""
    paper = entry.paper
    parts: list[tuple[str, tuple[Block, ...], int]] = []
    if paper.abstract:
        parts.append((view.say("paper.abstract"), (Paragraph(inline(paper.abstract)),), len(paper.abstract)))
    if analysis := analysis_of(entry):
        parts.append((view.say("paper.analysis"), analysis, sum(len(s.body) for s in entry.summary.sections)))
    if full:
        return tuple(b for title, blocks, _ in parts for b in (Heading((Text(title),), level=2), *blocks))
    command = f"paper {paper.arxiv_id} full"
    return tuple(
        Details(title, blocks, command, view.say("folded", count=f"{count:,}", paper=paper.arxiv_id))
        for title, blocks, count in parts
    )


def analysis_of(entry: Entry) -> tuple[Block, ...]:
    """The analysis under its headings, each item of a list by itself."""
    blocks: list[Block] = []
    for section in entry.summary.sections:
        blocks.append(Heading(inline(section.title), level=3))
        for line in section.body.split("\n"):
            item = line.strip()
            if item.startswith(("- ", "* ", "• ")):
                blocks.append(Bullets((inline(item[2:].strip()),)))
            elif item:
                blocks.append(Paragraph(inline(item)))
    return tuple(blocks)


def figures(entry: Entry, view: View) -> tuple[Block, ...]:
    """The figures, labelled with their captions, or numbered."""
    if not entry.figures:
        return ()
    labels = tuple(
        shortened(figure.caption, _CAPTION).rstrip(".。") or view.say("figures.label", number=i)
        for i, figure in enumerate(entry.figures, 1)
    )
    return (Figures(entry.figures, labels),)


def links(entry: Entry, view: View) -> Line:
    """All that leads out of a paper: the PDF, then code, project page and the rest."""
    paper = entry.paper
    pdf: Line = (Link(pdf_label(paper, view), paper.identifier.pdf_url),)
    return joined((pdf, *linked(paper.links, view)), " · ")


def pdf_label(paper: Paper, view: View) -> str:
    """What the link to the paper's PDF is called; a DOI leads to its publisher's page."""
    return view.say("link.paper" if paper.identifier.is_doi else "link.pdf")


def linked(links: Iterable[PaperLink], view: View) -> list[Line]:
    """Links by their kinds, code first."""
    ordered = sorted(links, key=lambda link: _LINKS.index(link.kind))
    return [(Link(view.say(f"link.{link.kind}"), link.url),) for link in ordered]


def actions(paper: Paper, view: View) -> tuple[Button, ...]:
    """Keep, then what leads out: the PDF, the first project page or code, and sharing."""
    led = [link for kind in ("project", "code") for link in paper.links if link.kind == kind][:1]
    return (
        Button(view.say("button.save"), f"save {paper.arxiv_id}", stays=True),
        Button(pdf_label(paper, view), url=paper.identifier.pdf_url),
        *(Button(view.say(f"link.{link.kind}"), url=link.url) for link in led),
        Button(view.say("button.share"), share=paper.arxiv_id),
    )
