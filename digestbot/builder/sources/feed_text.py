"""Text of feeds: markup removed, and what is no paper recognised by its title, its DOI and what its feed calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from digestbot.cards.text import decode_entities, drop_control_characters, math_to_text

_SCRIPT = re.compile(r"(?is)<script\b.*?(?:(?P<end></script>)|\Z)")
_STYLE = re.compile(r"(?is)<style\b.*?(?:(?P<end></style>)|\Z)")
"""An element that never ends is taken to the end of the text and stays: so none is looked for from every ``<`` anew."""
_ELEMENTS = (
    "a|abbr|address|article|aside|audio|b|bdi|bdo|big|blockquote|body|br|caption|center|cite|code|col|colgroup|dd|del|"
    "details|dfn|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|"
    "ins|kbd|label|li|link|main|map|mark|meta|nav|noscript|object|ol|option|p|param|picture|pre|q|s|samp|section|"
    "select|small|source|span|strike|strong|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|time|title|tr|"
    "tt|u|ul|var|video|wbr|"
    "sec|italic|bold|sc|xref|ext-link|inline-formula|disp-formula|tex-math|alternatives|list|list-item|underline|"
    "monospace|styled-content|named-content|graphic|inline-graphic|fig|math|mml|semantics|annotation|m(?:row|i|n|o|sup|"
    "sub|subsup|text|frac|sqrt|root|over|under|underover|space|style|table|tr|td|fenced|padded|phantom|error|"
    "multiscripts)"
)
_TAG = re.compile(
    rf"(?i)</?(?:(?:jats|mml|m|html):)?(?:{_ELEMENTS})"
    r"(?:\s++[\w:.-]{1,60}+\s*+=\s*+(?:\"[^\"]{0,2000}\"|'[^']{0,2000}'|[^\s\"'<>=]{1,2000})){0,30}\s*+/?>"
)
"""A tag of HTML, JATS or MathML: what else stands in angle brackets is text, such as ``p < 0.05 and q > 3``."""
_COMMENT = re.compile(r"(?s)<!--.*?(?:(?P<end>-->)|\Z)")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_INLINE = re.compile(
    r"(?i)</?(?:\w+:)?(?:a|abbr|b|bdi|big|bold|cite|code|del|dfn|em|font|i|ins|italic|mark|mi|mn|mo|mrow|msub|msup|mtext|"
    r"q|s|sc|small|span|strong|styled-content|sub|sup|tt|u|underline|var|wbr)[\s/>]"
)
_SUPERSCRIPT = re.compile(r"(?i)<(?:jats:)?sup>\s*([0-9+\-−=()n]{1,20})\s*</(?:jats:)?sup>")
_SUBSCRIPT = re.compile(r"(?i)<(?:jats:)?sub>\s*([0-9]{1,20})\s*</(?:jats:)?sub>")
_MAX_ROUNDS = 3
"""How often a text is decoded: some feeds escape what was escaped."""

_DOI_LINE = re.compile(r"(?i)doi:?\s*(?:https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/\S+")
_ET_AL = re.compile(r"(?i),?\s{0,9}et al\.?\s{0,9}$")
_PUBLISHED_ONLINE = re.compile(
    r"^[\w &.,:-]{3,80}, Published online: [^;]{6,30}; ?doi: ?10\.\d{4,9}/\S+\s*", re.IGNORECASE
)

_NEWS_DOI = re.compile(r"10\.1038/d\d{5}-")
_NEWS_KINDS = {
    *("editorial", "editorials", "news", "news & views", "news and views", "news feature", "research highlight"),
    *("research highlights", "correction", "corrections", "erratum", "corrigendum", "retraction", "retractions"),
    *("expression of concern", "book review", "obituary", "podcast", "career column", "career feature", "world view"),
    *("author correction", "publisher correction", "daily briefing", "in memoriam", "interview", "masthead"),
    *("front matter", "table of contents", "issue information", "announcement", "advertisement", "news q&a"),
}
_NEWS_TITLE = re.compile(
    r"(?i)^\W*(?:"
    r"(?:author'?s?’?s? |publisher'?s?’?s? )?(?:correction|addendum|retraction|expression of concern)(?: notice| note)?"
    r"(?:\s*[:.]|\s+[–—-]|\s+to\b|\W*$)"
    r"|(?:author'?s?’?s? |publisher'?s?’?s? )?(?:erratum|errata|corrigend(?:um|a))"
    r"(?:\s*[:.–—-]|\s+(?:to|for|of)\b|\W*$)"
    r"|(?:retracted|withdrawn|retraction notice|editorial expression of concern)\s*:"
    r"|(?:guest )?editorial(?:\s*[:.–—-]|\s+(?:board|note)\b|\W*$)|editors?['’]?s? (?:note|choice|introduction)\b"
    r"|(?:table of contents|front (?:cover|matter)|back cover|inside (?:front|back) cover|cover (?:image|picture|art)"
    r"|issue information|masthead|in this issue|call for (?:papers|nominations)|list of reviewers|book review|obituary|"
    r"in memoriam|acknowledge?ments? (?:of|to) (?:the )?reviewers)(?:\s*[:.(–—]|\s+-|\W*$)"
    r"|(?:IEEE|ACM)\b.{0,90}\b(?:publication information|information for authors|society information)"
    r")"
)


def strip_markup(text: str) -> str:
    """One line of text without entities and tags, however often they were escaped."""
    for _ in range(_MAX_ROUNDS):
        decoded = _strip_tags(decode_entities(text))
        if decoded == text:
            break
        text = decoded
    return drop_control_characters(" ".join(text.split()))


def _strip_tags(text: str) -> str:
    for element in (_SCRIPT, _STYLE, _COMMENT):
        text = element.sub(lambda match: " " if match["end"] else match[0], text)
    text = _SUPERSCRIPT.sub(lambda match: math_to_text(f"^{{{match[1].replace('−', '-')}}}"), _CDATA.sub("", text))
    text = _SUBSCRIPT.sub(lambda match: math_to_text(f"_{{{match[1]}}}"), text)
    return _TAG.sub(lambda match: "" if _INLINE.match(match[0]) else " ", text)


def read_summary(text: str) -> tuple[str, str]:
    """The abstract in an entry's summary, and the authors, where the summary is nothing but where the paper is printed.

    Feeds that are made from Crossref have authors, journal and DOI there, one a line; Nature's begin with the DOI.
    """
    *lines, last = (strip_markup(line) for line in re.split(r"(?i)<br\s*/?>", decode_entities(text)))
    if len(lines) in (1, 2) and _DOI_LINE.fullmatch(last):
        return "", _ET_AL.sub("", lines[0]) if len(lines) == 2 else ""
    return _PUBLISHED_ONLINE.sub("", strip_markup(text)), ""


def find_news_reason(title: str, doi: str, kinds: Iterable[str]) -> str:
    """Why an entry is news, an editorial or a correction, and no paper; empty if it is one."""
    if _NEWS_DOI.match(doi):
        return "it is news or an editorial, by its DOI"
    if kind := next((kind for kind in kinds if " ".join(kind.lower().split()) in _NEWS_KINDS), ""):
        return f"it is no paper but “{' '.join(kind.split())}”"
    return "it is an editorial, a correction or the like, by its title" if _NEWS_TITLE.match(title) else ""
