"""Divides a paper's sections into paragraphs of a length that a reader, or a model, is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from digestbot.domain.digest import Section
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.text.writable_text import drop_unwritable

MAX_PARAGRAPHS = 4_000
"""More than a paper of 200 pages has; what is behind them is left out."""
_FULL_CHARACTERS = 700
"""From which length on a paragraph ends with its sentence."""
_MAX_CHARACTERS = 1_600
"""Where it ends though its sentence does not."""
_MAX_TITLE_CHARACTERS = 120
_SENTENCE_END = re.compile(r"[.!?][)\]”\"']?(?=\s)|[。！？]")

Run = tuple[int, str]
"""A page's number, 0 for none, and text on it."""


def divide_sections(sections: Iterable[Section]) -> tuple[PaperParagraph, ...]:
    """The paragraphs of sections whose lines are paragraphs already, or parts of them."""
    paragraphs: list[PaperParagraph] = []
    for section in sections:
        paragraphs += divide_section(section.title, [(0, line) for line in section.body.split("\n")])
    return tuple(paragraphs[:MAX_PARAGRAPHS])


def divide_section(title: str, runs: Sequence[Run]) -> Iterator[PaperParagraph]:
    """The paragraphs of one section: whole sentences, with what goes on on the next page."""
    title = drop_unwritable(title[:_MAX_TITLE_CHARACTERS])
    text, page, next_page_at = "", 0, 0
    for number, piece in _iter_pieces(runs):
        if text and (len(text) + len(piece) > _MAX_CHARACTERS or number > page + 1):
            yield PaperParagraph(title, text, page, next_page_at)
            text = ""
        if not text:
            page, next_page_at = number, 0
        elif number > page and not next_page_at:
            next_page_at = len(text) + 1
        text = f"{text} {piece}" if text else piece
        if len(text) >= _FULL_CHARACTERS and _ends_sentence(piece):
            yield PaperParagraph(title, text, page, next_page_at)
            text = ""
    if text:
        yield PaperParagraph(title, text, page, next_page_at)


def _iter_pieces(runs: Iterable[Run]) -> Iterator[Run]:
    """Sentences, and parts of those that are longer than a paragraph may be."""
    for number, raw in runs:
        run, start = drop_unwritable(raw), 0
        for end in [*(match.end() for match in _SENTENCE_END.finditer(run)), len(run)]:
            yield from _cut(number, run[start:end].strip())
            start = end


def _cut(number: int, sentence: str) -> Iterator[Run]:
    while len(sentence) > _MAX_CHARACTERS:
        end = sentence.rfind(" ", 1, _FULL_CHARACTERS) + 1 or _FULL_CHARACTERS
        yield number, sentence[:end].rstrip()
        sentence = sentence[end:].lstrip()
    if sentence:
        yield number, sentence


def _ends_sentence(piece: str) -> bool:
    return piece.endswith((".", "!", "?", "。", "！", "？", ")", "]", "”", '"')) or len(piece) > _FULL_CHARACTERS
