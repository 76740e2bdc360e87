"""Lines as Discord's Markdown: text escaped once.

What the Markdown knows is in support.discord.com/hc/articles/210298617 (Markdown Text 101).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from digestbot.cards.card import CommandName, Inline, Line, Link, Math, Text, TextStyle, parse_inline, to_plain_text
from digestbot.cards.text import drop_control_characters, math_to_text
from digestbot.platforms.common.text import WORD_JOINER, truncate

_MARKUP_CHARACTER = re.compile(r"[\\*_~`|<>\[\]]")
_MENTION = re.compile(r"@(?=\w|\Z)")
"""Also at the end of a run: the name may be the next."""
_BLOCK_PREFIX = re.compile(r"\A(\s*+(?:\d{1,9}(?=[.)])|(?=[#>+\-])))")
_NOTIFICATION_RULES = (
    (re.compile(r"[\\*~`|<>\[\]]|(?<![^\W_])_|_(?![^\W_])"), ""),
    (re.compile(r"\w{0,20}://"), " "),
    (re.compile(r"@(?=\w)"), "@" + WORD_JOINER),
    (re.compile(r"\.(?=\w{2,}/)"), "." + WORD_JOINER),  # an invitation needs no https:// to become one
    (re.compile(r"\A[\s#+\-]+"), ""),
)
"""What is dropped from a notification, or broken up in it."""
_MAX_NOTIFICATION_CHARACTERS = 200
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"\\]{1,2000}")


def escape(text: str) -> str:
    """Escape text so that nothing in it is markup, a mention, a timestamp or an emoji; on one line."""
    without_mentions = _MENTION.sub(
        lambda match: match.group() + WORD_JOINER, " ".join(drop_control_characters(text).split("\n"))
    )
    return _MARKUP_CHARACTER.sub(lambda match: "\\" + match.group(), without_mentions)


def render_code(text: str, language: str) -> str:
    """A block of text to copy: nothing in it is markup or a mention but the marks that end it, which are broken up."""
    lines = drop_control_characters(text).replace("``", f"`{WORD_JOINER}`").replace("``", f"`{WORD_JOINER}`")
    return f"```{language}\n{lines}\n```"


def check_web_address(url: str) -> str:
    """The URL; empty if it is no web address, or would end early in Markdown."""
    return url if _WEB_ADDRESS.fullmatch(url) and drop_control_characters(url) == url else ""


def render_link(text: str, url: str) -> str:
    """A link without a preview; only its text if the URL is not usable."""
    address = check_web_address(url)
    if not address or not text.strip():
        return escape(text)
    return f"<{address}>" if text == url else f"[{escape(text)}](<{address}>)"


def render_line_as_link(line: Line, url: str) -> str:
    """A line's words as a link of our own: a link cannot hold another."""
    return render_link(to_words(line), url)


def to_words(line: Line) -> str:
    """The line as plain text, its formulas in characters; not escaped."""
    return "".join(math_to_text(part.source) if isinstance(part, Math) else to_plain_text((part,)) for part in line)


def render_names(number: str, lead: Line, title: str) -> list[str]:
    """What an item is about in bold above its title, or its title in bold; after its number."""
    return [f"**{number}{render_inlines(lead)}**", title] if lead else [f"**{number}{title}**"]


def render_line(line: Line) -> str:
    """The line; small where it is muted, and never a heading, list or quotation by what it happens to begin with."""
    return f"-# {render_inlines(line)}" if is_small(line) else render_plain_line(line)


def render_plain_line(line: Line) -> str:
    """The line at its usual size, and never a heading, list or quotation by what it happens to begin with."""
    return _escape_prefix(render_inlines(line))


def _escape_prefix(text: str) -> str:
    return _BLOCK_PREFIX.sub(r"\1\\", text, count=1) if _BLOCK_PREFIX.match(text) else text


def render_inlines(line: Line) -> str:
    """The line's runs, to stand after something of ours."""
    return "".join(map(_render_inline, line))


def is_small(line: Line) -> bool:
    """Whether a line is shown small: it begins with muted text."""
    first = line[0] if line else None
    return isinstance(first, Text) and first.style is TextStyle.MUTED


def render_list(lines: Iterable[Line]) -> str:
    """Render lines as a list."""
    return "\n".join(f"- {_escape_prefix(render_inlines(line))}" for line in lines)


def _render_inline(part: Inline) -> str:
    match part:
        case Text(text, style):
            if style is TextStyle.BADGE:
                return _render_badge(text)
            inner = escape(text)
            return f"**{inner}**" if style is TextStyle.STRONG and inner.strip() else inner
        case Link(text, url):
            return render_link(text, url)
        case Math(source):
            return escape(math_to_text(source))
        case CommandName(text):
            return f"`{text.replace('_', '-')}`"


def _render_badge(text: str) -> str:
    """The text as code, in which nothing is markup but the mark that ends it."""
    words = "\u00a0".join(drop_control_characters(text).replace("`", "'").split())
    return f"`{_MENTION.sub(lambda match: match.group() + WORD_JOINER, words)}`" if words else ""


def make_notification_text(text: str) -> str:
    """The text on one line as a notification shows it: nothing in it is markup, a mention, an invitation or a link.

    Notifications show Markdown as it is written, so that what could be markup is dropped, and not escaped.
    """
    words = " ".join(drop_control_characters(to_words(parse_inline(text))).split())
    for pattern, replacement in _NOTIFICATION_RULES:
        words = pattern.sub(replacement, words)
    return truncate(words.strip(), _MAX_NOTIFICATION_CHARACTERS)
