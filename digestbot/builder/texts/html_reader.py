"""arXiv's HTML version of a paper, made by LaTeXML: its whole text by section, and its figures with their panels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digestbot.builder.texts.full_text import HTML, FullText
from digestbot.builder.texts.paragraphs import divide_sections
from digestbot.cards.text import drop_control_characters
from digestbot.domain.digest import Figure, Section

_DROPPED_SELECTOR = (
    "script, style, nav, header, footer, button, noscript, .ltx_bibliography, .ltx_note, .ltx_tag_note, .ltx_ERROR,"
    " .ltx_page_footer, .ltx_authors, .ltx_role_footnote, .ltx_pagination, .ltx_TOC, .ltx_keywords, .ltx_dates,"
    " .ltx_classification, .ltx_title_document, .ltx_listing_data, .ltx_role_creation, .ltx_rdf"
)
_FORMULA_SELECTOR = "math, .mjx-math, .katex"
_SECTION_SELECTOR = (
    ".ltx_section, .ltx_appendix, .ltx_chapter, .ltx_part, .ltx_abstract, .ltx_acknowledgements, .ltx_acknowledgement"
)
_TITLE_SELECTOR = ".ltx_title, h1, h2, h3, h4, h5, h6"
_CELL_SELECTOR = "td, th, .ltx_td, .ltx_th, .ltx_eqn_cell"
_LAYOUT_SELECTOR = "tr, .ltx_tr, .ltx_eqn_row, figure"
"""What makes a cell one of a layout, whose parts are read as if they stood outside of a table."""
_BLOCK_SELECTOR = (
    "p, div, section, article, ul, ol, li, dl, dt, dd, blockquote, pre, figure, figcaption, table, tr, h1, h2, h3, h4,"
    " h5, h6, br, .ltx_tr, .ltx_eqn_row, .ltx_p, .ltx_para, .ltx_item, .ltx_listingline, .ltx_tabular"
)
_NUMBER = re.compile(r"^\W*(?:\d+(?:\.\d+)*(?:[.:)]|\s)\W*|[IVXL]+(?:[.:)]\W*|\s+(?=[A-Z])))")
"""A section's number before its title, where the page does not mark it as one."""
_NUMBERED_CAPTION = re.compile(r"\w{3,}\W{0,3}[\dIVXS]|图")
"""How the caption of a whole figure begins; those of its panels begin with “(a)”."""
_PARAGRAPH, _CELL, _SECTION_START, _SECTION_END = "\ue000", "\ue001", "\ue002", "\ue003"
"""Characters that mark, in the text of the page, where what begins; nobody else's private use ones are kept."""
_PRIVATE_USE = re.compile("[\ue000-\ue00f]")
_MAX_TITLE_CHARACTERS = 120
_MAX_CAPTION_CHARACTERS = 500
_MAX_PICTURES = 400
_MAX_DEPTH = 100


def parse_html(raw: bytes, address: str) -> FullText:
    """Parse a page into the paper's text, without sections if it contains no paper."""
    tree = LexborHTMLParser(_PRIVATE_USE.sub("", raw.decode("utf-8", "replace")))
    base = tree.css_first("base[href]")
    base_address = _BaseAddress(address, (base.attributes.get("href") or "") if base else "")
    article = _find_article(tree)
    if article is None:
        return FullText(HTML)
    for node in article.css(_DROPPED_SELECTOR):
        node.decompose()
    _spell_formulas(article)
    figures = tuple(islice(_iter_figures(article, base_address), _MAX_PICTURES))
    _mark_structure(article)
    sections = tuple(_iter_sections(article.text(deep=True)))
    return FullText(HTML, sections, figures, paragraphs=divide_sections(sections))


def _find_article(tree: LexborHTMLParser) -> LexborNode | None:
    """The paper in a page: its article, or the page itself if a part of a paper is all that it contains."""
    found = tree.css_first(".ltx_document") or tree.css_first(".ltx_page_content") or tree.css_first("article")
    if found is not None or tree.body is None:
        return found
    return tree.body if tree.css_first(".ltx_section, .ltx_para") else None


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


# -- formulas -------------------------------------------------------------------------------------------------


def _spell_formulas(article: LexborNode) -> None:
    inner: set[int] = set()
    for formula in article.css(_FORMULA_SELECTOR):
        if formula.mem_id in inner:
            continue  # it went with the formula around it
        inner.update(part.mem_id for part in formula.css(_FORMULA_SELECTOR))
        source = " ".join(_find_source(formula).split())
        formula.replace_with(f"${source}$" if source else formula.text(deep=True))


def _find_source(formula: LexborNode) -> str:
    """A formula's LaTeX: LaTeXML's, MathJax's or KaTeX's; empty if none of them left it."""
    written = formula.attributes.get("alttext") or formula.attributes.get("aria-label")
    annotation = None if written else formula.css_first('annotation[encoding="application/x-tex"]')
    return written or (annotation.text(deep=True) if annotation else "")


# -- figures --------------------------------------------------------------------------------------------------


def _iter_figures(article: LexborNode, base_address: _BaseAddress) -> Iterator[Figure]:
    """All pictures of the figures, each with the caption of the whole."""
    captions = _read_captions(article)
    wholes: dict[int, tuple[LexborNode, list[str]]] = {}
    for image in article.css("figure.ltx_figure img[src]"):
        if url := base_address.resolve_figure(image.attributes.get("src") or ""):
            whole = _find_whole_figure(image, captions)
            wholes.setdefault(whole.mem_id, (whole, []))[1].append(url)
    for whole, urls in wholes.values():
        caption = captions.get(whole.mem_id) or _read_last_caption(whole)
        for url in dict.fromkeys(urls):
            yield Figure(url, (), caption[:_MAX_CAPTION_CHARACTERS])


def _read_captions(article: LexborNode) -> dict[int, str]:
    """The captions by the figure that they belong to: the innermost around them."""
    captions: dict[int, str] = {}
    for caption in article.css("figcaption"):
        figure = next((node for node in _iter_ancestors(caption) if node.tag == "figure"), caption)
        if figure.mem_id not in captions:
            captions[figure.mem_id] = _get_text(caption)
    return captions


def _find_whole_figure(image: LexborNode, captions: Mapping[int, str]) -> LexborNode:
    """The figure that a picture is a panel of: the innermost with a number of its own, or else the outermost."""
    whole = image
    for node in _iter_ancestors(image):
        if node.tag == "figure" and "ltx_figure" in _get_classes(node):
            whole = node
            if _NUMBERED_CAPTION.match(captions.get(node.mem_id, "")):
                break
    return whole


def _read_last_caption(figure: LexborNode) -> str:
    captions = figure.css("figcaption")
    return _get_text(captions[-1]) if captions else ""


def _iter_ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """What a node is in, from the inside; no page of a paper is as deep as this goes."""
    parent = node.parent
    for _ in range(_MAX_DEPTH):
        if parent is None:
            return
        yield parent
        parent = parent.parent


def _get_classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


# -- text -----------------------------------------------------------------------------------------------------


def _mark_structure(article: LexborNode) -> None:
    """Mark in the text where sections, paragraphs, and the rows and cells of tables begin."""
    for section in article.css(_SECTION_SELECTOR):
        title = next(_iter_own_titles(section), None)
        section.insert_before(f"{_SECTION_START}{_read_title(title) if title else ''}{_SECTION_END}")
        section.insert_after(f"{_SECTION_START}{_SECTION_END}")
        if title:
            title.decompose()
    for cell in reversed(article.css(_CELL_SELECTOR)):
        if cell.css_first(_LAYOUT_SELECTOR) is None:
            cell.replace_with(f"{_get_text(cell)}{' ' if 'ltx_eqn_cell' in _get_classes(cell) else _CELL}")
    for block in article.css(_BLOCK_SELECTOR):
        block.insert_before(_PARAGRAPH)
        block.insert_after(_PARAGRAPH)


def _iter_own_titles(section: LexborNode) -> Iterator[LexborNode]:
    """The headings right inside a section, or inside a header there."""
    node = section.child
    while node is not None:
        if node.css_matches(_TITLE_SELECTOR):
            yield node
        node = node.next


def _read_title(title: LexborNode) -> str:
    """A section's title without its number. An appendix keeps its letter, which says that it is one."""
    if "ltx_title_appendix" not in _get_classes(title):
        for tag in title.css(".ltx_tag"):
            tag.decompose()
    return _NUMBER.sub("", _get_text(title), count=1).rstrip(".: ")[:_MAX_TITLE_CHARACTERS]


def _iter_sections(text: str) -> Iterator[Section]:
    """The sections of a marked text; what stands before, between or behind them has no title."""
    first, *others = text.split(_SECTION_START)
    for part in (f"{_SECTION_END}{first}", *others):
        title, _, body = part.partition(_SECTION_END)
        if lines := "\n".join(_iter_lines(body)):
            yield Section(title or "Text", lines)


def _iter_lines(body: str) -> Iterator[str]:
    """The paragraphs and rows of a section, each a line."""
    for paragraph in body.split(_PARAGRAPH):
        if line := " | ".join(filter(None, map(_clean_text, paragraph.split(_CELL)))):
            yield line


def _get_text(node: LexborNode) -> str:
    return _clean_text(node.text(deep=True))


def _clean_text(text: str) -> str:
    return re.sub(r"(?<=\S) +([,.;:])(?=\s|$)", r"\1", " ".join(drop_control_characters(text).split()))
