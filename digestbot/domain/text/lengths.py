"""How long a field of a paper or a summary may be: what strangers write is cut, never refused.

Ten times the longest of 861 real entries, or more where arXiv has longer ones.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_TOPIC_TITLE = 300
MAX_TITLE, MAX_ABSTRACT, MAX_COMMENT = 1_500, 20_000, 2_500
MAX_AUTHORS, MAX_NAME = 2_000, 400
MAX_HEADLINE, MAX_TAKEAWAYS, MAX_TAKEAWAY = 5_500, 120, 10_000
MAX_SECTIONS, MAX_SECTION_TITLE, MAX_SECTION = 100, 200, 40_000
MAX_FIGURES, MAX_MIRRORS, MAX_ADDRESS, MAX_CAPTION = 110, 10, 2_000, 5_000
_MAX_WORD = 40
"""How far before its end a text may be cut, to be cut at a word."""


def shorten_text(text: str, limit: int) -> str:
    """The text; if it is longer than ``limit`` characters, its beginning up to a word, with an ellipsis."""
    if len(text) <= limit:
        return text
    end = limit - 1
    space = text.rfind(" ", end - _MAX_WORD, end + 1)
    return f"{text[: space if space > 0 else end].rstrip()}…"


def shorten_inside(text: str, limit: int) -> str:
    """The text; if it is longer than ``limit`` characters, its beginning and its end with an ellipsis between them.

    What tells two long names apart is as often at the end.
    """
    if len(text) <= limit:
        return text
    end = (limit - 1) * 2 // 5
    return f"{text[: limit - 1 - end].rstrip()}…{text[len(text) - end :].lstrip()}"


def shorten_names(names: Iterable[str]) -> tuple[str, ...]:
    """The authors, up to as many as any paper has."""
    return tuple(shorten_text(name, MAX_NAME) for name in names)[:MAX_AUTHORS]
