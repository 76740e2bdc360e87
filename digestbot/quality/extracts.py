"""Summaries without a model: what the abstract says that is new, marked as such."""

from __future__ import annotations

from itertools import pairwise

from digestbot.domain.digest import EXTRACT_WRITER, Summary
from digestbot.domain.paper import Paper
from digestbot.late_patterns import compile_late
from digestbot.quality.checks import Evidence
from digestbot.quality.sanitize import sanitize
from digestbot.quality.telling import find_telling_sentence, shorten_opening

_MAX_SUMMARY_CHARACTERS = 320
_MAX_HEADLINE_CHARACTERS = 160
_SENTENCE_END = compile_late(r"(?<=[.!?])\s+(?=[A-Z$\\(\d])|(?<=[。！？])")
_ABBREVIATION = compile_late(r"(?:\b(?:e\.g|i\.e|et al|cf|vs|Fig|Eq|Sec|resp|approx|Dr|No)\.|\b[A-Z]\.)$")

_ABBREVIATION_CHARACTERS = 12
"""More than the longest abbreviation has."""


def extract_summary(paper: Paper, basis: str) -> Summary:
    """The abstract's most telling sentence as the headline, and those that follow it, up to 320 characters."""
    sentences = split_sentences(paper.abstract)
    start = find_telling_sentence(sentences)
    chosen: list[str] = []
    for sentence in sentences[start:]:
        if chosen and sum(map(len, chosen)) + len(sentence) > _MAX_SUMMARY_CHARACTERS:
            break
        chosen.append(sentence)
    headline = shorten_opening(chosen[0]) if chosen else ""
    if len(headline) > _MAX_HEADLINE_CHARACTERS:
        headline = f"{headline[: _MAX_HEADLINE_CHARACTERS - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…"
        chosen.insert(0, "")
    summary = Summary(headline, tuple(chosen[1:]), basis=basis, writer=EXTRACT_WRITER)
    return sanitize(summary, Evidence(paper))


def _ends_with_abbreviation(text: str, end: int) -> bool:
    return _ABBREVIATION.search(text[max(0, end - _ABBREVIATION_CHARACTERS) : end]) is not None


def split_sentences(text: str) -> list[str]:
    """Split a text into sentences; "e.g." and initials do not end one."""
    cuts = [
        0,
        *(match.end() for match in _SENTENCE_END.finditer(text) if not _ends_with_abbreviation(text, match.start())),
        len(text),
    ]
    return [sentence for start, end in pairwise(cuts) if (sentence := text[start:end].strip())]
