"""The pictures of an entry, however its page embeds them: as HTML, in Markdown, or by a site generator's tag.

Hugo has ``{{< figure src="…" caption="…" >}}``, Jekyll ``{% include figure.html path="…" %}`` and Hexo
``{% asset_img NAME CAPTION %}``.
"""

from __future__ import annotations

import re

from digestbot.cards.text import decode_entities, drop_control_characters
from digestbot.domain.digest import Figure
from digestbot.domain.paper import PaperId
from digestbot.domain.text.lengths import MAX_ADDRESS, MAX_CAPTION, MAX_FIGURES, MAX_MIRRORS, shorten_text
from digestbot.pages.page_pictures import PictureLocator

_IMAGE_TAG = re.compile(r"<img\b[^>]*+(?:>|\Z)", re.IGNORECASE)
_MARKDOWN_IMAGE = re.compile(
    r"[ \t]{0,9}!\[(?P<alt>(?:[^\]!]|!(?!\[))*+)\]\([ \t]{0,9}<?(?P<target>(?:[^)\s!<>]|!(?!\[))++)>?"
    r"(?:[ \t]{1,9}(?:\"(?P<title>[^\"\n]{0,500})\"|'(?P<title1>[^'\n]{0,500})'))?[ \t]{0,9}\)(?:\{[^{}\n]{0,200}\})?"
)
_GENERATOR_TAG = re.compile(
    r"\{\{[<%]\s{0,9}(?:figure|img|image)\b(?P<hugo>[^{}\n]{0,2000})[%>]\}\}"
    r"|\{%\s{0,9}include\s{1,9}\S{0,40}(?:figure|image|img)\S{0,40}(?P<jekyll>\s[^{}\n]{0,2000})%\}"
    r"|\{%\s{0,9}(?:asset_)?img\s{1,9}(?P<hexo>[^{}\n]{0,2000})%\}",
    re.IGNORECASE,
)
_TAG_ALONE = re.compile(
    r"\s{0,9}(?:\{\{[<%][^{}\n]{0,2000}[%>]\}\}|\{%[^{}\n]{0,2000}%\}|\{:[^{}\n]{0,200}\}"
    r"|</?(?:figure|center)\b[^<>]{0,200}>)\s{0,9}",
    re.IGNORECASE,
)
"""Another tag of a site generator, or one around a picture, which is no text."""
_ATTRIBUTE = re.compile(
    r"""\b(src|path|url|alt|caption|title|data-alternates)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE
)
_FIGURE_CAPTION = re.compile(r"<figcaption[^>]*+>(?P<caption>[^<]*+)</figcaption>", re.IGNORECASE)
_NO_CAPTION = re.compile(
    r"(?:image|img|picture|pic|photo|screenshot|图片|图像|截图|[\w-]{1,20}-\d{6,20})?[\s\d_-]{0,20}"
    r"|\S{0,200}\.(?:png|jpe?g|gif|webp|svg)",
    re.IGNORECASE,
)
"""What stands for a caption where nobody wrote one: nothing, the word for a picture, or its file."""
_BADGE = re.compile(r"shields\.io/|\bbadges?\b|/badge")
"""A picture of a word, as beside links."""
_EMPTY_LINK = re.compile(r"\[\s{0,9}\]\((?P<url>[^)\s]*+)\)")
_HTML_TAG = re.compile(r"<[^<>]{1,200}>")
_Found = tuple[int, str, str, str]
"""Where a picture is in the text, its name, its caption and its mirrors."""


def find_figures(text: str, locate_picture: PictureLocator) -> tuple[Figure, ...]:
    """The pictures of a text in their order, each once; ``locate_picture`` finds those beside the page."""
    found = sorted((*_find_tags(text), *_find_embedded(text)))
    return _build_figures([one for one in found if not _BADGE.search(one[1])], locate_picture)


def find_own_figures(text: str, locate_picture: PictureLocator) -> tuple[Figure, ...]:
    """The pictures that digestbot wrote: as HTML, with whatever caption there was."""
    found = []
    for match in _IMAGE_TAG.finditer(text):
        values = _read_attributes(match[0])
        caption = values.get("alt", "").strip()
        found.append((match.start(), values.get("src", ""), caption, values.get("data-alternates", "")))
    return _build_figures(found, locate_picture)


def _build_figures(found: list[_Found], locate_picture: PictureLocator) -> tuple[Figure, ...]:
    figures = dict[str, Figure]()
    for _, name, caption, mirrors in found:
        url = locate_picture(name.strip())
        if url.startswith(("http://", "https://")) and len(url) <= MAX_ADDRESS:
            others = tuple(mirror for mirror in mirrors.split() if len(mirror) <= MAX_ADDRESS)
            figures.setdefault(url, Figure(url, others[:MAX_MIRRORS], shorten_text(caption, MAX_CAPTION)))
    return tuple(figures.values())[:MAX_FIGURES]


def drop_pictures(lines: list[str]) -> list[str]:
    """The lines without pictures and site generators' tags, which are no text to be shown."""
    text = _IMAGE_TAG.sub(lambda tag: " ".join(tag[0].split()), "\n".join(lines))
    return [rest for line in text.split("\n") if (rest := _drop_pictures(line)) is not None]


def _drop_pictures(line: str) -> str | None:
    """The line without pictures; ``None`` if nothing else was on it."""
    rest = line
    for pattern in (_IMAGE_TAG, _MARKDOWN_IMAGE, _GENERATOR_TAG, _FIGURE_CAPTION):
        rest = pattern.sub("", rest)
    if rest != line:
        rest = _EMPTY_LINK.sub(_name_paper_link, rest)
        return rest if _HTML_TAG.sub("", rest).strip(" *_\t") else None
    return None if _TAG_ALONE.fullmatch(line) else line


def _name_paper_link(link: re.Match[str]) -> str:
    """What is left of a picture that was a link: that to the paper, behind a badge, stays one."""
    return f"[PDF]({link['url']})" if PaperId.from_url(link["url"]) else ""


def _find_tags(text: str) -> list[_Found]:
    """The pictures in HTML; the caption of a figure comes after its picture."""
    found: list[_Found] = []
    tags = list(_IMAGE_TAG.finditer(text))
    captions = list(_FIGURE_CAPTION.finditer(text))
    for match, after in zip(tags, [*(tag.start() for tag in tags), len(text)][1:], strict=True):
        while captions and captions[0].start() < match.end():
            captions.pop(0)
        values = _read_attributes(match[0])
        own = captions[0]["caption"] if captions and captions[0].start() < after else ""
        caption = _choose_caption(own, values.get("title", ""), values.get("alt", ""))
        found.append((match.start(), values.get("src", ""), caption, values.get("data-alternates", "")))
    return found


def _find_embedded(text: str) -> list[_Found]:
    """The pictures in Markdown and in site generators' tags."""
    found = [
        (match.start(), match["target"], _choose_caption(match["title"] or match["title1"], match["alt"]), "")
        for match in _MARKDOWN_IMAGE.finditer(text)
    ]
    for match in _GENERATOR_TAG.finditer(text):
        if match["hexo"] is not None:
            name, _, caption = match["hexo"].strip().partition(" ")
            found.append((match.start(), name, _choose_caption(caption.strip(" \"'")), ""))
        else:
            values = _read_attributes(match["hugo"] or match["jekyll"] or "")
            name = values.get("src") or values.get("path") or values.get("url") or ""
            caption = _choose_caption(*(values.get(key, "") for key in ("caption", "title", "alt")))
            found.append((match.start(), name, caption, ""))
    return found


def _read_attributes(tag: str) -> dict[str, str]:
    return {
        name.lower(): drop_control_characters(decode_entities(double or single))
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


def _choose_caption(*texts: str | None) -> str:
    """The first text that says something of the picture."""
    plain = (" ".join(drop_control_characters(decode_entities(text or "")).split()) for text in texts)
    return next((text for text in plain if not _NO_CAPTION.fullmatch(text)), "")
