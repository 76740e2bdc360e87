"""Citations as a list in Markdown, for people: a paper a line, with tags and note below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from digestbot.citations.plain import format_name, to_plain
from digestbot.citations.record import Citation
from digestbot.late_patterns import compile_late

_PUNCTUATION = compile_late(r"([!-/:-@\[-`{-~])")
_ADDRESS = compile_late(r"[^A-Za-z0-9:/.?=_+;,~@!*'#%-]")
_MAX_AUTHORS = 6


def write_markdown(citations: Sequence[Citation]) -> str:
    """The citations as one list."""
    return "\n".join(line for citation in citations for line in _iter_lines(citation)) + "\n"


def _iter_lines(citation: Citation) -> Iterator[str]:
    address = _ADDRESS.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), citation.url)
    title = escape_markdown(to_plain(citation.title))
    parts = (_format_authors(citation), to_plain(citation.venue), str(citation.year or ""), _format_number(citation))
    told = ". ".join(escape_markdown(part) for part in parts if part)
    yield f"- [{title}]({address})" + (f". {told}" if told else "")
    if citation.marks.tags:
        yield "  - " + escape_markdown(" ".join(f"#{tag}" for tag in citation.marks.tags))
    if citation.marks.note:
        yield "  - " + escape_markdown(citation.marks.note)


def _format_authors(citation: Citation) -> str:
    names = [format_name(name) for name in citation.authors.names[:_MAX_AUTHORS]]
    has_more = citation.authors.has_more or len(citation.authors.names) > len(names)
    return ", ".join(names) + (" et al" if has_more else "")


def _format_number(citation: Citation) -> str:
    return f"arXiv:{citation.arxiv_id}" if citation.arxiv_id else citation.doi


def escape_markdown(text: str) -> str:
    """Plain text that Markdown prints as it is: any punctuation may have a backslash before it (CommonMark 2.4)."""
    return _PUNCTUATION.sub(r"\\\1", text)
