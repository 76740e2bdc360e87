"""One paper of a page: ``## Title``, authors, abstract, link, summary, takeaways, analysis, figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from digestbot.domain.digest import Entry, Section, Summary
from digestbot.domain.paper import PaperId
from digestbot.domain.paper_text import build_paper
from digestbot.domain.text.lengths import (
    MAX_HEADLINE,
    MAX_SECTION,
    MAX_SECTION_TITLE,
    MAX_SECTIONS,
    MAX_TAKEAWAY,
    MAX_TAKEAWAYS,
    shorten_text,
)
from digestbot.errors import PageError
from digestbot.pages.analysis import DATA_KINDS, classify_section, parse_sections
from digestbot.pages.authors import read_marked_names, separate_authors, split_authors
from digestbot.pages.entry_pictures import drop_pictures, find_figures, find_own_figures
from digestbot.pages.escapes import unescape_body, unescape_line
from digestbot.pages.page_pictures import PictureLocator
from digestbot.pages.summaries import ParsedSummary, parse_summary
from digestbot.quality.checks import Evidence
from digestbot.quality.cleanup import clean_text
from digestbot.quality.references import mend_macros
from digestbot.quality.sanitize import sanitize

LINK_LINE = re.compile(
    r"\s*(?:[-*]\s+)?(?:\*\*)?(?:\[[^\]\n]*\]\(\s*<?(?P<url>https?://[^)\s>]*)>?\s*\)"
    r"|(?:(?:pdf|arxiv|link|url|链接|论文)\s*[:：]\s*)?<?(?P<bare>https?://(?:www\.)?arxiv\.org/[^\s>)]*)>?)"
    r"(?:\*\*)?[ \t]*(?P<comment>.*)",
    re.IGNORECASE,
)
AUTHORS_LINE = re.compile(
    r"\s*(?:(?:\*\*|__)\s*(?P<label>[^:：*\n]{1,20})(?:\*\*|__)?[:：](?:\*\*|__)?"
    r"|(?:[-*]\s+)?(?:\*\*|__)?(?:authors?|作者)(?:\*\*|__)?\s*[:：](?:\*\*|__)?)"
    r"\s*(?P<names>.*)",
    re.IGNORECASE,
)
LICENCE = re.compile(r"https?://[\w./-]{1,200}")
"""Addresses of licences that a page can hold."""
ANALYSIS_MARKER = "<!-- digestbot:analysis -->"
_FLAGS_COMMENT = re.compile(r"<!-- digestbot:flags ([\w, -]*) -->")
_PROVENANCE_COMMENT = re.compile(
    r"<!-- digestbot:made(?: basis=(?P<basis>html|pdf|abstract))?(?: writer=(?P<writer>[\w./:-]{1,100}))?"
    rf"(?: licence=(?P<licence>{LICENCE.pattern}))?(?P<updated> updated)? -->"
)
_LINK_ALONE = re.compile(r"\s*\*\*\[[^\]]*+\]\([^)]*+\)\*\*\s*")
Sanitizer = Callable[[Summary, Evidence], Summary]


def parse_entry(
    title: str,
    lines: list[str],
    line: int,
    sanitizer: Sanitizer = sanitize,
    locate_picture: PictureLocator = str,
    *,
    writer: str = "",
) -> Entry:
    """Parse one entry. ``line`` is the line number of its title, for error messages.

    ``sanitizer`` takes from its summary what must not be shown; ``locate_picture`` finds the pictures
    beside the page; ``writer`` wrote the summary if the entry itself names nobody.

    Raises :class:`PageError` if it lacks a title or an arXiv link.
    """
    title = unescape_line(title)
    if not title:
        raise PageError("a paper without a title (## Title)", line)
    is_ours = any(ANALYSIS_MARKER in text for text in lines)  # what its text has is text: no comment, no picture
    body = lines if is_ours else drop_pictures(lines)
    link_index, identifier = _find_link(body, title, line)
    authors, abstract = _parse_authors_and_abstract(body[:link_index])
    comment, lines_after_link = _parse_comment(body, link_index)
    parsed = parse_summary(lines_after_link)
    lines_after_summary = lines_after_link[parsed.end_index :]
    figures_index = next(
        (i for i, text in enumerate(lines_after_summary) if _is_figures_start(text)), len(lines_after_summary)
    )
    analysis = "\n".join(lines_after_summary[:figures_index])
    if is_ours:
        figures = find_own_figures("\n".join(lines_after_summary[figures_index:]), locate_picture)
    else:
        figures = find_figures("\n".join(lines), locate_picture)
        authors = separate_authors(authors, analysis)
        abstract = mend_macros(abstract, title)
    paper = build_paper(identifier, title, authors, abstract, comment, has_tex=not is_ours)
    provenance = _PROVENANCE_COMMENT.search(analysis.split(ANALYSIS_MARKER, 1)[0])
    summary = replace(sanitizer(_build_summary(parsed, analysis), Evidence(paper)), writer=writer)
    if provenance:
        summary = replace(summary, basis=provenance["basis"] or "", writer=provenance["writer"] or writer)
        paper = replace(paper, licence=provenance["licence"] or "")
    return Entry(paper, summary, figures, bool(provenance and provenance["updated"]))


def _find_link(lines: list[str], title: str, line: int) -> tuple[int, PaperId]:
    for index, text in enumerate(lines):
        if identifier := parse_linked_id(text):
            return index, identifier
    raise PageError(f"“{title[:60]}” has no arXiv link such as [PDF](http://arxiv.org/abs/2410.18974v1)", line)


def parse_linked_id(text: str) -> PaperId | None:
    """The paper linked by a line such as the one below an abstract."""
    match = LINK_LINE.match(text)
    return PaperId.from_url(match["url"] or match["bare"]) if match else None


def _parse_authors_and_abstract(lines: list[str]) -> tuple[tuple[str, ...], str]:
    authors: tuple[str, ...] = ()
    abstract: list[str] = []
    for text in lines:
        match = AUTHORS_LINE.match(text) if not authors and not abstract else None
        names = _drop_closing_mark(match["names"]) if match else "" if authors or abstract else read_marked_names(text)
        if names:
            authors = split_authors(names)
        elif text.strip():
            abstract.append(text)
    return authors, unescape_line(" ".join(abstract))


def _drop_closing_mark(names: str) -> str:
    trimmed = names.rstrip()
    return trimmed[:-2] if trimmed.endswith(("**", "__")) else trimmed


def _parse_comment(lines: list[str], link_index: int) -> tuple[str, list[str]]:
    """The rest of the link's line and paragraph, and the lines after it."""
    comment = [LINK_LINE.match(lines[link_index])["comment"]]  # type: ignore[index]  # the line was found by this expression
    end = link_index + 1
    while (
        end < len(lines) and lines[end].strip() and not lines[end].lstrip().startswith(("*", "#", "-", "<", "•", "["))
    ):
        comment.append(lines[end])
        end += 1
    if end - link_index > 1 and not (end < len(lines) and not lines[end].strip()):
        comment, end = (
            comment[:1],
            link_index + 1,
        )  # not a separate paragraph: a plain label follows without a blank line
    return unescape_line(" ".join(comment)), lines[end:]


def _is_figures_start(text: str) -> bool:
    return text.lstrip().lower().startswith(("<details", "<img", "!["))


def _build_summary(parsed: ParsedSummary, analysis: str) -> Summary:
    """The summary as written, with the flags of whatever will not be shown."""
    flags_comment = _FLAGS_COMMENT.search(analysis.split(ANALYSIS_MARKER, 1)[0])
    flags = dict.fromkeys(filter(None, re.split(r"[,\s]+", flags_comment[1]))) if flags_comment else {}
    for line in parsed.closing_lines:
        flags.update(dict.fromkeys(clean_text(line.strip()).flags))
    takeaways = tuple(shorten_text(unescape_line(item), MAX_TAKEAWAY) for item in parsed.takeaways[:MAX_TAKEAWAYS])
    headline = shorten_text(unescape_line(parsed.headline), MAX_HEADLINE)
    sections = (
        Section(shorten_text(section.title, MAX_SECTION_TITLE), shorten_text(section.body, MAX_SECTION))
        for section in _parse_analysis(analysis)[:MAX_SECTIONS]
        if classify_section(section.title) not in DATA_KINDS  # the paper's own data say it better
    )
    return Summary(headline, takeaways, tuple(sections), tuple(flags))


def _parse_analysis(analysis: str) -> tuple[Section, ...]:
    if ANALYSIS_MARKER not in analysis:
        return parse_sections("\n".join(line for line in analysis.split("\n") if not _LINK_ALONE.fullmatch(line)))
    parts = re.split(r"(?m)^### ?(.*)$", analysis.split(ANALYSIS_MARKER, 1)[1])
    bodies = zip(parts[1::2], parts[2::2], strict=True)
    return tuple(Section(unescape_line(title), unescape_body(body.strip("\n"))) for title, body in bodies)
