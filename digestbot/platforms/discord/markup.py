"""Lines as Discord's Markdown: text escaped once, and lengths as a message counts them.

What the Markdown knows is in support.discord.com/hc/articles/210298617 (Markdown Text 101).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from digestbot.cards.card import CommandName, Inline, Line, Link, Math, Text, TextStyle, to_plain_text
from digestbot.cards.text import drop_control_characters, math_to_text

_SPECIAL = re.compile(r"[\\*_~`|<>\[\]]")
_MENTION = re.compile(r"@(?=\w)")
_BEGINS = re.compile(r"(\d{1,9}(?=[.)])|(?=[#>+\-]))")
_ADDRESS = re.compile(r"https?://[^\s<>\"\\]{1,2000}")
_JOINER = "\u2060"
"""A word joiner takes no room, and what follows it after an @ is no mention, allowed or not."""


def escaped(text: str) -> str:
    """Text in which nothing is markup, a mention, a timestamp or an emoji; on one line."""
    quiet = _MENTION.sub(lambda match: match.group() + _JOINER, " ".join(drop_control_characters(text).split("\n")))
    return _SPECIAL.sub(lambda match: "\\" + match.group(), quiet)


def units(text: str) -> int:
    """The text's length in UTF-16 code units: never less than what Discord counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def web_address(url: str) -> str:
    """The address; empty for what is no web address, or would end early in Markdown."""
    return url if _ADDRESS.fullmatch(url) and drop_control_characters(url) == url else ""


def link(text: str, url: str) -> str:
    """A link without a preview; only its text where the address is none."""
    address = web_address(url)
    if not address or not text.strip():
        return escaped(text)
    return f"<{address}>" if text == url else f"[{escaped(text)}](<{address}>)"


def linked(line: Line, url: str) -> str:
    """A line's words as a link of our own: a link cannot hold another."""
    words = "".join(math_to_text(part.source) if isinstance(part, Math) else to_plain_text((part,)) for part in line)
    return link(words, url)


def written(line: Line) -> str:
    """The line; small where it is muted, and never a heading, list or quotation by what it happens to begin with."""
    text = "".join(map(_part, line))
    if is_small(line):
        return f"-# {text}"
    return _BEGINS.sub(r"\1\\", text, count=1) if _BEGINS.match(text) else text


def bare(line: Line) -> str:
    """The line's runs, to stand after something of ours."""
    return "".join(map(_part, line))


def is_small(line: Line) -> bool:
    """Whether a line is set small: it begins with muted text."""
    first = line[0] if line else None
    return isinstance(first, Text) and first.style is TextStyle.MUTED


def listed(lines: Iterable[Line]) -> str:
    """Lines as a list."""
    return "\n".join(f"- {bare(line)}" for line in lines)


def _part(part: Inline) -> str:
    match part:
        case Text(text, style):
            inner = escaped(text)
            return f"**{inner}**" if style is TextStyle.STRONG and inner.strip() else inner
        case Link(text, url):
            return link(text, url)
        case Math(source):
            return escaped(math_to_text(source))
        case CommandName(text):
            return f"**{escaped(text)}**"
