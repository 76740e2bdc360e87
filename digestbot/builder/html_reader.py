"""arXiv's HTML version of a paper, made by LaTeXML: sections, figures and captions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digestbot.builder.full_text import HTML, FullText, limit_figures
from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Figure, Section

_DROPPED_SELECTOR = (
    "script, style, nav, header, footer, button, noscript, .ltx_bibliography, .ltx_note, .ltx_tag_note, .ltx_ERROR,"
    " .ltx_page_footer, .ltx_authors, .ltx_role_footnote, .ltx_pagination, .ltx_TOC, .ltx_keywords"
)
_SECTION_SELECTOR = "section.ltx_section, section.ltx_appendix, div.ltx_abstract"
_MAX_CAPTION_CHARACTERS = 500


def parse_html(raw: bytes, address: str) -> FullText:
    """Parse a page into the paper's text, without sections if it contains no paper."""
    tree = LexborHTMLParser(raw.decode("utf-8", "replace"))
    base = tree.css_first("base[href]")
    base_address = _BaseAddress(address, (base.attributes.get("href") or "") if base else "")
    article = tree.css_first("article, .ltx_document") or tree.body
    if article is None:
        return FullText(HTML)
    for node in article.css(_DROPPED_SELECTOR):
        node.decompose()
    _spell_formulas(article)
    figures = limit_figures(list(_iter_figures(article, base_address)))
    for node in article.css("figure, table"):
        node.decompose()
    return FullText(HTML, tuple(_iter_sections(article)), figures)


class _BaseAddress:
    """The base URL of a page's pictures. arXiv's pages have a base, or prefix pictures with the paper's own folder."""

    def __init__(self, address: str, base: str) -> None:
        self._host = urlsplit(address).netloc
        self._parent, self._own = address.rsplit("/", 1)
        self._base = (_join_url(address, base) if base else "") or f"{address}/"

    def resolve_figure(self, source: str) -> str:
        """A picture's URL; empty if it is on another host than the paper, which is not trusted."""
        inside = not source.startswith(f"{self._own}/")
        url = _join_url(self._base if inside else f"{self._parent}/", source)
        parts = urlsplit(url)
        kept = parts.scheme in ("http", "https") and parts.netloc == self._host and not parts.path.endswith(".svg")
        return url if kept else ""


def _join_url(base: str, url: str) -> str:
    """The URL as seen from the base; empty for what cannot be read as one."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def _spell_formulas(article: LexborNode) -> None:
    for math in article.css("math"):
        source = math.attributes.get("alttext") or ""
        math.replace_with(f" ${' '.join(source.split())}$ " if source else " ")


def _iter_sections(article: LexborNode) -> Iterator[Section]:
    for node in article.css(_SECTION_SELECTOR):
        head = node.css_first(".ltx_title, h2, h6")
        title = _get_text(head) if head else ""
        if head:
            head.decompose()
        body = _get_text(node)
        if body:
            yield Section(re.sub(r"^\W*\d+(?:\.\d+)*\W*", "", title)[:120] or "Text", body)


def _iter_figures(article: LexborNode, base_address: _BaseAddress) -> Iterator[Figure]:
    for node in article.css("figure.ltx_figure"):
        if _is_panel(node):
            continue
        sources = (image.attributes.get("src") or "" for image in node.css("img[src]"))
        url = next(filter(None, map(base_address.resolve_figure, sources)), "")
        captions = node.css("figcaption")
        if url:
            yield Figure(url, (), _get_text(captions[-1])[:_MAX_CAPTION_CHARACTERS] if captions else "")


def _is_panel(node: LexborNode) -> bool:
    """Whether a figure is part of another one, which shows it with the overall caption."""
    parent = node.parent
    while parent is not None and parent.tag != "body":
        if "ltx_figure" in (parent.attributes.get("class") or "").split():
            return True
        parent = parent.parent
    return False


def _get_text(node: LexborNode) -> str:
    return (
        drop_control_characters(" ".join(node.text(deep=True, separator=" ").split()))
        .replace(" ,", ",")
        .replace(" .", ".")
    )
