"""One paper of a page: ``## Title``, authors, abstract, link, summary, takeaways, analysis, figures."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from digestbot.domain.digest import Entry, Figure, Section, Summary
from digestbot.domain.gate import Evidence, passed
from digestbot.domain.paper import Paper, PaperId, find_links
from digestbot.domain.quality import clean
from digestbot.errors import PageError
from digestbot.sources.analysis import parse_sections
from digestbot.sources.blocks import Blocks, read_blocks

LINK = re.compile(
    r"\s*(?:[-*]\s+)?(?:\*\*)?(?:\[[^\]\n]*\]\(\s*<?(?P<url>https?://[^)\s>]*)>?\s*\)"
    r"|(?:(?:pdf|arxiv|link|url|链接|论文)\s*[:：]\s*)?<?(?P<bare>https?://(?:www\.)?arxiv\.org/[^\s>)]*)>?)"
    r"(?:\*\*)?[ \t]*(?P<comment>.*)",
    re.IGNORECASE,
)
AUTHORS = re.compile(
    r"\s*(?:(?:\*\*|__)\s*(?P<label>[^:：*\n]{1,20})(?:\*\*|__)?[:：](?:\*\*|__)?|(?:authors?|作者)\s*[:：])"
    r"\s*(?P<names>.*?)(?:\*\*|__)?\s*$",
    re.IGNORECASE,
)
ANALYSIS = "<!-- digestbot:analysis -->"
_FLAGS = re.compile(r"<!-- digestbot:flags ([\w, -]*) -->")
_MADE = re.compile(
    r"<!-- digestbot:made(?: basis=(?P<basis>html|pdf|abstract))?(?: writer=(?P<writer>[\w./:-]{1,100}))?"
    r"(?P<updated> updated)? -->"
)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt|data-alternates)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MARKDOWN_IMAGE = re.compile(r"!\[[^\]]*\]\((https?://[^)\s]+)\)")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?", re.IGNORECASE)


def parse_entry(title: str, lines: list[str], line: int) -> Entry:
    """Read one entry. ``line`` is where its title stands, for the error.

    Raises :class:`PageError` when it has no title or no arXiv link, without which there is no paper.
    """
    title = " ".join(title.split())
    if not title:
        raise PageError("a paper without a title (## Title)", line)
    at, identifier = _find_link(lines, title, line)
    authors, abstract = _before_link(lines[:at])
    comment, rest = _comment(lines, at)
    blocks = read_blocks(rest)
    after = rest[blocks.rest :]
    start = next((i for i, text in enumerate(after) if _is_figures(text)), len(after))
    paper = Paper(
        identifier.base_id,
        identifier.version or 1,
        title,
        authors,
        abstract,
        comment,
        find_links(abstract, comment),
    )
    analysis = "\n".join(after[:start])
    made = _MADE.search(analysis)
    summary = passed(_summary(blocks, analysis), Evidence(paper))
    if made:
        summary = replace(summary, basis=made["basis"] or "", writer=made["writer"] or "")
    return Entry(paper, summary, _figures("\n".join(rest)), bool(made and made["updated"]))


def _find_link(lines: list[str], title: str, line: int) -> tuple[int, PaperId]:
    for index, text in enumerate(lines):
        if identifier := linked_paper(text):
            return index, identifier
    raise PageError(f"“{title[:60]}” has no arXiv link such as [PDF](http://arxiv.org/abs/2410.18974v1)", line)


def linked_paper(text: str) -> PaperId | None:
    """The paper that a line links, as the line under an abstract does."""
    match = LINK.match(text)
    return PaperId.from_url(match["url"] or match["bare"]) if match else None


def _before_link(lines: list[str]) -> tuple[tuple[str, ...], str]:
    authors: tuple[str, ...] = ()
    abstract: list[str] = []
    for text in lines:
        match = AUTHORS.match(text) if not authors and not abstract else None
        if match:
            authors = split_authors(match["names"])
        elif text.strip():
            abstract.append(text)
    return authors, " ".join(" ".join(abstract).split())


def split_authors(names: str) -> tuple[str, ...]:
    """``A, B and C`` as names; a suffix such as "Jr." stays with its name."""
    found: list[str] = []
    for part in re.split(r"\s*[,，、;；]\s*|\s+and\s+", names.strip(" *")):
        name = " ".join(part.split())
        if found and _SUFFIX.fullmatch(name):
            found[-1] = f"{found[-1]}, {name}"
        elif name:
            found.append(name)
    return tuple(found)


def _comment(lines: list[str], at: int) -> tuple[str, list[str]]:
    """The rest of the link's line and of its paragraph, and the lines after."""
    comment = [LINK.match(lines[at])["comment"]]  # type: ignore[index]  # the line was found by this expression
    end = at + 1
    while (
        end < len(lines) and lines[end].strip() and not lines[end].lstrip().startswith(("*", "#", "-", "<", "•", "["))
    ):
        comment.append(lines[end])
        end += 1
    if end - at > 1 and not (end < len(lines) and not lines[end].strip()):
        comment, end = (
            comment[:1],
            at + 1,
        )  # not a paragraph of its own: a plain label follows without a blank line
    return " ".join(" ".join(comment).split()), lines[end:]


def _is_figures(text: str) -> bool:
    return text.lstrip().lower().startswith(("<details", "<img", "!["))


def _figures(text: str) -> tuple[Figure, ...]:
    figures: dict[str, Figure] = {}
    ours = ANALYSIS in text  # what others write as alt is no caption
    for tag in _IMAGE.findall(text):
        values = {name.lower(): html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag)}
        url = values.get("src", "").strip()
        if url.startswith(("http://", "https://")):
            alternates = tuple(values.get("data-alternates", "").split())
            figures.setdefault(url, Figure(url, alternates, values.get("alt", "").strip() if ours else ""))
    for url in _MARKDOWN_IMAGE.findall(text):
        figures.setdefault(url, Figure(url))
    return tuple(figures.values())


def _summary(blocks: Blocks, analysis: str) -> Summary:
    """The summary as it is written, with the flags of what stands in it where it is not shown."""
    marked = _FLAGS.search(analysis)
    flags = dict.fromkeys(filter(None, re.split(r"[,\s]+", marked[1]))) if marked else {}
    for line in blocks.outro:
        flags.update(dict.fromkeys(clean(line.strip()).flags))
    return Summary(blocks.headline.strip(), tuple(blocks.takeaways), _sections(analysis), tuple(flags))


def _sections(analysis: str) -> tuple[Section, ...]:
    if ANALYSIS not in analysis:
        return parse_sections(re.sub(r"(?m)^\s*\*\*\[[^\]]*\]\([^)]*\)\*\*\s*$", "", analysis))
    parts = re.split(r"(?m)^### ?(.*)$", analysis.split(ANALYSIS, 1)[1])
    bodies = zip(parts[1::2], parts[2::2], strict=True)
    return tuple(Section(title.strip(), unescape_body(body.strip("\n"))) for title, body in bodies)


def escape_body(body: str) -> str:
    """Lines that would be read as structure get a backslash before them."""
    return re.sub(r"(?mi)^(\\*)(?=#|<details|<img|!\[)", r"\1\\", body)


def unescape_body(body: str) -> str:
    """Undo :func:`escape_body`."""
    return re.sub(r"(?mi)^(\\*)\\(?=#|<details|<img|!\[)", r"\1", body)
