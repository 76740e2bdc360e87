"""What both forms of cards share: text escaped once, and lengths as Telegram counts them."""

from __future__ import annotations

import re

from digestbot.cards.card import CommandName, Inline, Line, Link, Math, Text, TextStyle
from digestbot.cards.text import drop_control_characters, math_to_text

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_TAGS = {TextStyle.PLAIN: ("", ""), TextStyle.STRONG: ("<b>", "</b>"), TextStyle.MUTED: ("<i>", "</i>")}
_DETECTED = re.compile(r"[@#$/](?=\w)")
_JOINER = "\u2060"
"""A word joiner takes no room, and a name after it is no mention."""


def escaped(text: str) -> str:
    """Text for HTML, in text and in quoted attributes alike; only entities that Telegram knows."""
    return drop_control_characters(text).translate(_ESCAPES)


def quiet(text: str) -> str:
    """Text in which Telegram finds no mention, hashtag, cashtag or command: a title must not call anybody."""
    return _DETECTED.sub(lambda match: match.group() + _JOINER, text)


def units(text: str) -> int:
    """The text's length in UTF-16 code units, as Telegram counts messages."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def web_address(url: str) -> str:
    """The address for an attribute; empty for what is no web address."""
    return escaped(url) if url.startswith(("http://", "https://")) and drop_control_characters(url) == url else ""


class Inlines:
    """Lines as HTML. ``math`` sets LaTeX; ``detection`` tells that Telegram looks for names in the text itself."""

    def __init__(self, *, math: bool, detection: bool) -> None:
        self._math = math
        self._detection = detection

    def html(self, line: Line) -> str:
        """The line as HTML."""
        return "".join(self._part(part) for part in line)

    def text(self, line: Line) -> str:
        """The line as the text that is counted."""
        return "".join(self._shown(part) for part in line)

    def plain(self, text: str) -> str:
        """Plain text as HTML."""
        return escaped(self._quiet(text))

    def _part(self, part: Inline) -> str:
        match part:
            case Text(text, style):
                before, after = _TAGS[style]
                return f"{before}{self.plain(text)}{after}" if text else ""
            case Link(text, url):
                address = web_address(url)
                return f'<a href="{address}">{self.plain(text)}</a>' if address else self.plain(text)
            case Math(source):
                return self._formula(source)
            case CommandName(text):
                return escaped(text)

    def _formula(self, source: str) -> str:
        return f"<tg-math>{escaped(source)}</tg-math>" if self._math else f"<i>{escaped(math_to_text(source))}</i>"

    def _shown(self, part: Inline) -> str:
        if isinstance(part, Math):
            return part.source if self._math else math_to_text(part.source)
        return drop_control_characters(part.text if isinstance(part, CommandName) else self._quiet(part.text))

    def _quiet(self, text: str) -> str:
        return quiet(text) if self._detection else text
