"""Citations as BibTeX, written by bibtexparser: ``@misc`` with arXiv's fields, ``@article`` and ``@inproceedings``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.middlewares import AddEnclosingMiddleware
from bibtexparser.model import Entry, Field
from bibtexparser.writer import BibtexFormat

from digestbot.citations.names import AuthorList, AuthorName
from digestbot.citations.record import Citation, CitationKind
from digestbot.citations.tex import escape_tex
from digestbot.late_patterns import compile_late

_TYPES = {CitationKind.PREPRINT: "misc", CitationKind.ARTICLE: "article", CitationKind.PROCEEDINGS: "inproceedings"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AND = compile_late(
    r"(?:^|\s)(?:and|others)(?:\s|$)",
)
_LOWER_INSIDE = compile_late(r"\s[a-z’']")
_ADDRESS = compile_late(r"[^A-Za-z0-9:/.?=_+&;,()<>~@!*'\[\]#-]")


def write_bibtex(citations: Sequence[Citation]) -> str:
    """The citations as one file."""
    library = Library()
    for citation in citations:
        fields = [Field(name, value) for name, value in _iter_fields(citation) if value]
        library.add(Entry(_TYPES[citation.kind], citation.key, fields))
    layout = BibtexFormat()  # type: ignore[no-untyped-call]  # it has no arguments
    layout.indent, layout.trailing_comma = "  ", True
    braces = AddEnclosingMiddleware(reuse_previous_enclosing=False, enclose_integers=True, default_enclosing="{")
    return write_string(library, unparse_stack=[braces], bibtex_format=layout).strip() + "\n"


def _iter_fields(citation: Citation) -> Iterator[tuple[str, str]]:
    is_article = citation.kind is CitationKind.ARTICLE
    yield "title", escape_tex(citation.title, protect=True)
    yield "author", format_authors(citation.authors)
    yield "journal" if is_article else "booktitle", escape_tex(citation.venue)
    yield "year", str(citation.year or "")
    yield "month", str(citation.month or "")
    yield "volume", escape_tex(citation.volume)
    yield "number", escape_tex(citation.issue)
    yield "pages", escape_tex(citation.pages).replace("-{}-", "--")
    yield "publisher", escape_tex(citation.publisher)
    if citation.arxiv_id:
        yield "eprint", citation.arxiv_id
        yield "archivePrefix", "arXiv"
        yield "primaryClass", citation.category
        yield "version", str(citation.version or "")
    yield "doi", _escape_address(citation.doi)
    yield "url", _escape_address(citation.url)
    yield "keywords", escape_tex(", ".join(citation.marks.tags))
    yield "annote", escape_tex(citation.marks.note)


def format_authors(authors: AuthorList) -> str:
    """The authors, as BibTeX parts them: family names first."""
    return " and ".join([*map(_format_name, authors.names), *(["others"] if authors.has_more else [])])


def _format_name(name: AuthorName) -> str:
    """A name whose parts are what they are, whatever words they have."""
    if name.literal:
        return f"{{{escape_tex(_drop_formulas(name.literal))}}}"
    family = _guard(name.family, is_braced=bool(_LOWER_INSIDE.search(f" {name.family}")) and " " in name.family)
    last = " ".join(filter(None, (_guard(name.particle), family)))
    return ", ".join(filter(None, (last, _guard(name.suffix), _guard(name.given))))


def _guard(part: str, *, is_braced: bool = False) -> str:
    escaped = escape_tex(_drop_formulas(part))
    return f"{{{escaped}}}" if is_braced or "," in part or _AND.search(part) else escaped


def _drop_formulas(text: str) -> str:
    """A name without what could begin a formula: there are none in names."""
    return text.replace("$", "＄")


def _escape_address(text: str) -> str:
    """An address or a DOI as it is: these fields are no TeX to those who read them. What no address has is encoded."""
    return _ADDRESS.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)
