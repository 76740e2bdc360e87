"""Citations' texts where there is no TeX: formulas in plain characters."""

from __future__ import annotations

from collections.abc import Iterator

from digestbot.cards.text import math_to_text
from digestbot.citations.names import AuthorName, clean_text
from digestbot.domain.text.formulas import iter_formulas


def to_plain(text: str) -> str:
    """Text in one line with its formulas in plain characters."""
    return clean_text("".join(_iter_plain(text)))


def _iter_plain(text: str) -> Iterator[str]:
    end = 0
    for match in iter_formulas(text):
        yield text[end : match.start()]
        yield math_to_text(match["math"])
        end = match.end()
    yield text[end:]


def format_name(name: AuthorName) -> str:
    """A name as people write it."""
    return name.literal or " ".join(filter(None, (name.given, name.particle, name.family, name.suffix)))
