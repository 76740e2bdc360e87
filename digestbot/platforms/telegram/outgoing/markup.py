"""HTML shared by both card styles: text is escaped once."""

from __future__ import annotations

import re
from enum import Enum, auto

from digestbot.cards.card import CommandName, Inline, Line, Link, Math, Text, TextStyle
from digestbot.cards.text import drop_control_characters, math_to_scripts, math_to_text
from digestbot.platforms.common.text import WORD_JOINER

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_TAGS = {
    TextStyle.PLAIN: ("", ""),
    TextStyle.STRONG: ("<b>", "</b>"),
    TextStyle.MUTED: ("<i>", "</i>"),
    TextStyle.BADGE: ("<code>", "</code>"),
}
_SCRIPT = re.compile(r"(?P<sign>[_^])(?:\{(?P<group>[^{}]{1,300})\}|(?P<letter>[^\W_]))")
_SCRIPT_TAGS = {"_": "sub", "^": "sup"}
_MAX_FORMULA_LENGTH = 500
"""Longer formulas are text: one of 4,097 characters crashes Telegram Desktop for good, whenever its chat is opened.

Source: https://github.com/telegramdesktop/tdesktop/issues/31047
"""
_UPRIGHT_SCRIPT = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
"""Scripts without italics: what a font makes of them by slanting is hard to read."""
_DETECTABLE_NAME = re.compile(r"[@#$/](?=\w|\Z)")
"""Also at the end of a run: the name may be the next."""


def escape(text: str) -> str:
    """Escape text for HTML text and quoted attributes, using only entities that Telegram knows."""
    return drop_control_characters(text).translate(_ESCAPES)


def prevent_detection(text: str) -> str:
    """Prevent Telegram from finding a mention, hashtag, cashtag or command in text."""
    return _DETECTABLE_NAME.sub(lambda match: match.group() + WORD_JOINER, drop_control_characters(text))


def escape_web_address(url: str) -> str:
    """The URL for an attribute; empty if it is no web address."""
    return escape(url) if url.startswith(("http://", "https://")) and drop_control_characters(url) == url else ""


def render_code(text: str, language: str) -> str:
    """Text to copy, with the copy button that apps give it; core.telegram.org/bots/api#html-style.

    ``language`` is a word of ours.
    """
    return f'<pre><code class="language-{escape(language or "text")}">{escape(text)}</code></pre>'


class FormulaStyle(Enum):
    """How formulas are shown: set, as text with raised and lowered parts, or as plain text."""

    SET = auto()
    SCRIPTS = auto()
    PLAIN = auto()


class InlineRenderer:
    """Lines as HTML. ``detection`` tells that Telegram looks for names in the text itself."""

    def __init__(self, formulas: FormulaStyle, *, detection: bool) -> None:
        self._formulas = formulas
        self._detection = detection

    def render_line(self, line: Line) -> str:
        """The line as HTML."""
        is_upright = any(
            isinstance(part, Text) and not part.text.isascii() and _UPRIGHT_SCRIPT.search(part.text) for part in line
        )
        return "".join(self._render_inline(part, is_upright=is_upright) for part in line)

    def get_counted_text(self, line: Line) -> str:
        """The line as the text that is counted."""
        return "".join(self._get_inline_text(part) for part in line)

    def render_text(self, text: str) -> str:
        """Plain text as HTML."""
        return escape(self._prevent_detection(text))

    def _render_inline(self, part: Inline, *, is_upright: bool) -> str:
        match part:
            case Text(text, style):
                before, after = _TAGS[TextStyle.PLAIN if is_upright and style is TextStyle.MUTED else style]
                return f"{before}{self.render_text(text)}{after}" if text else ""
            case Link(text, url):
                address = escape_web_address(url)
                return f'<a href="{address}">{self.render_text(text)}</a>' if address else self.render_text(text)
            case Math(source):
                return self._render_formula(source)
            case CommandName(text):
                return escape(text)

    def _render_formula(self, source: str) -> str:
        if self._is_set(source):
            return f"<tg-math>{escape(source)}</tg-math>"
        if self._formulas is not FormulaStyle.PLAIN and (text := math_to_scripts(source)):
            return f"<i>{_SCRIPT.sub(_render_script, escape(text))}</i>"
        return f"<i>{escape(math_to_text(source))}</i>"

    def _get_inline_text(self, part: Inline) -> str:
        if isinstance(part, Math):
            return part.source if self._is_set(part.source) else math_to_text(part.source)
        return drop_control_characters(
            part.text if isinstance(part, CommandName) else self._prevent_detection(part.text)
        )

    def _is_set(self, source: str) -> bool:
        return self._formulas is FormulaStyle.SET and len(source) <= _MAX_FORMULA_LENGTH

    def _prevent_detection(self, text: str) -> str:
        return prevent_detection(text) if self._detection else text


def _render_script(match: re.Match[str]) -> str:
    tag = _SCRIPT_TAGS[match["sign"]]
    return f"<{tag}>{match['group'] or match['letter']}</{tag}>"
