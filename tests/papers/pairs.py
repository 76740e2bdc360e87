"""Fifty questions about real papers (../shared/real), each with a few words of the passage that answers it.

They were written by hand before there was any ranking. 20 of them, ``tuned``, may be looked at while it is changed; 30,
``held``, may only be counted. ``cross``: the question is in another language than the paper.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from digestbot.builder.texts.html_reader import parse_html
from digestbot.builder.texts.pdf_reader import read_pdf_text
from digestbot.domain.papers.passage_ranking import (
    MAX_PASSAGE_CHARACTERS,
    IndexedParagraph,
    find_passages,
    index_paragraphs,
    rank_paragraphs,
)
from tests.places import REAL, ROOT


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, and fragments of at most twelve words: one of them stands in the passage that answers it."""

    part: str
    languages: str
    file: str
    question: str
    fragments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the passage that answers is: its place by rank (0 for none), and whether it is among those found.

    ``is_whole``: the paper is so short that all of it is.
    """

    pair: Pair
    rank: int
    is_found: bool
    is_whole: bool


def read_pairs() -> list[Pair]:
    """All fifty."""
    with (ROOT / "tests" / "samples" / "questions.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Pair(row["part"], row["languages"], row["file"], row["question"], tuple(row["fragments"].split(" || ")))
        for row in rows
    ]


@cache
def read_paper(name: str) -> tuple[IndexedParagraph, ...]:
    """A real paper's paragraphs."""
    folder = "html" if name.endswith(".html") else "pdf"
    raw = (REAL / folder / name).read_bytes()
    text = parse_html(raw, "https://arxiv.org/html/1") if folder == "html" else read_pdf_text(raw)
    return tuple(index_paragraphs(text.paragraphs))


def look_for(pair: Pair) -> Outcome:
    """Where the passage that answers a question is."""
    paragraphs = read_paper(pair.file)
    holding = {one.position for one in paragraphs if _has_any(one.paragraph.text, pair.fragments)}
    assert holding, f"{pair.file} has none of {pair.fragments}"
    ranked = rank_paragraphs(paragraphs, pair.question)
    rank = next((place for place, one in enumerate(ranked, 1) if one.position in holding), 0)
    found = {one.position for one in find_passages(paragraphs, pair.question)}
    whole = sum(len(one.paragraph.text) for one in paragraphs) <= MAX_PASSAGE_CHARACTERS
    return Outcome(pair, rank, bool(found & holding), whole)


def _has_any(text: str, fragments: Sequence[str]) -> bool:
    return any(_fold_text(fragment) in _fold_text(text) for fragment in fragments)


def _fold_text(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("’", "'")
