"""arXiv's HTML version of a paper, made by LaTeXML: sections, figures and captions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digestbot.builder.fulltext import HTML, FullText, first_figures
from digestbot.domain.digest import Figure, Section

_DROPPED = (
    "script, style, nav, header, footer, button, noscript, .ltx_bibliography, .ltx_note, .ltx_tag_note, .ltx_ERROR,"
    " .ltx_page_footer, .ltx_authors, .ltx_role_footnote, .ltx_pagination, .ltx_TOC, .ltx_keywords"
)
_SECTIONS = "section.ltx_section, section.ltx_appendix, div.ltx_abstract"
_MOST_CAPTION = 500


def read_html(raw: bytes, address: str) -> FullText:
    """The paper in a page at an address. Where there is none, the text has no sections."""
    tree = LexborHTMLParser(raw.decode("utf-8", "replace"))
    base = tree.css_first("base[href]")
    address = urljoin(address, base.attributes.get("href") or "") if base else _folder(address)
    article = tree.css_first("article, .ltx_document") or tree.body
    if article is None:
        return FullText(HTML)
    for node in article.css(_DROPPED):
        node.decompose()
    _spell_formulas(article)
    figures = first_figures(list(_figures(article, address)))
    for node in article.css("figure, table"):
        node.decompose()
    return FullText(HTML, tuple(_sections(article)), figures)


def _folder(address: str) -> str:
    """Pages of arXiv name their pictures by the paper's own folder, which their address does not end in."""
    return address if address.endswith("/") else f"{address}/"


def _spell_formulas(article: LexborNode) -> None:
    for math in article.css("math"):
        source = math.attributes.get("alttext") or ""
        math.replace_with(f" ${' '.join(source.split())}$ " if source else " ")


def _sections(article: LexborNode) -> Iterator[Section]:
    for node in article.css(_SECTIONS):
        head = node.css_first(".ltx_title, h2, h6")
        title = _text(head) if head else ""
        if head:
            head.decompose()
        body = _text(node)
        if body:
            yield Section(re.sub(r"^\W*\d+(?:\.\d+)*\W*", "", title)[:120] or "Text", body)


def _figures(article: LexborNode, address: str) -> Iterator[Figure]:
    for node in article.css("figure.ltx_figure"):
        image = node.css_first("img[src]")
        url = _picture(urljoin(address, image.attributes.get("src") or ""), address) if image else ""
        captions = node.css("figcaption")
        if url:
            yield Figure(url, (), _text(captions[-1])[:_MOST_CAPTION] if captions else "")


def _picture(url: str, address: str) -> str:
    """The address of a picture that the paper's own host has; empty for one elsewhere, which nobody vouches for."""
    parts, own = urlsplit(url), urlsplit(address)
    kept = parts.scheme in ("http", "https") and parts.netloc == own.netloc and not parts.path.endswith(".svg")
    return url if kept else ""


def _text(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split()).replace(" ,", ",").replace(" .", ".")
