"""Escapes in pages: text that would be read as structure is written with HTML's numbers, which every field decodes."""

from __future__ import annotations

import re

from digestbot.cards.text import decode_entities, drop_control_characters

_MARKUP = re.compile(r"&(?=[#A-Za-z])|<(?=[A-Za-z/!])|!(?=\[)|\*(?=\*)|(?<=\*)\*|\u200b")
"""An entity, a tag or a comment, an image, bold text, and what readers of lines drop."""
_LINE_START = re.compile(
    r"[#<>*+•·▪◦–\-_!\[]|[（(]?\d{1,2}[.)、．）]|(?:https?://|pdf|arxiv|link|url|链接|论文|authors?|作者)",
    re.IGNORECASE,
)
"""What a line may begin with to be a heading, a list item, a link or the authors."""
_NAME_MARKUP = re.compile(
    r"[&*_，、；;]|,(?! (?:Jr|Sr|II|III|IV)\.?$)|(?<= )a(?=nd )|^[JSI](?=(?:r|I|II|V)\.?$)", re.IGNORECASE
)
"""What separates or ends names, and a name that looks like the suffix of another."""
_NAME = re.compile(r"(?:&#?\w{1,31};|[^,，、;；])+")
_BODY_MARKUP = r"</?details|<img|<!--|!\["


def escape_inline(text: str) -> str:
    """Text for the middle of a line, on one line."""
    return _MARKUP.sub(_encode, " ".join(text.split()))


def escape_line(text: str) -> str:
    """Text for a line of its own."""
    escaped = escape_inline(text)
    return f"&#{ord(escaped[0])};{escaped[1:]}" if _LINE_START.match(escaped) else escaped


def unescape_line(text: str) -> str:
    """Undo :func:`escape_line`, and decode the entities of other pages: once, and on one line."""
    return " ".join(drop_control_characters(decode_entities(text)).split())


def escape_name(name: str) -> str:
    """A name for the list of authors."""
    return _NAME_MARKUP.sub(_encode, " ".join(name.split()))


def _encode(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def split_names(names: str) -> list[str]:
    """The parts of a list of authors, with their entities: a semicolon that ends one separates nothing."""
    parts = _NAME.findall(" ".join(names.strip(" *").split()))
    return [name for part in parts for name in part.strip().split(" and ")]


def escape_body(body: str) -> str:
    """Prefix what would be read as structure with a backslash."""
    visible = drop_control_characters(body)  # as it is shown, or they would hide it here
    marked = re.sub(rf"(?i)(?<!\\)(\\*+)(?={_BODY_MARKUP})", r"\1\\", visible)
    return re.sub(r"(?m)^(\\*)(?=#)", r"\1\\", marked)


def unescape_body(body: str) -> str:
    """Undo :func:`escape_body`."""
    plain = re.sub(r"(?m)^(\\*)\\(?=#)", r"\1", body)
    return re.sub(rf"(?i)(?<!\\)(\\*)\\(?={_BODY_MARKUP})", r"\1", plain)
