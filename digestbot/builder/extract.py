"""A summary without a model: the abstract's own first sentences, and marked as that."""

from __future__ import annotations

import re
from itertools import pairwise

from digestbot.domain.digest import EXTRACT_WRITER, Summary
from digestbot.domain.gate import Evidence, passed
from digestbot.domain.paper import Paper

_MOST = 320
_HEADLINE = 160
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z$\\(\d])|(?<=[。！？])")
_SHORT = re.compile(r"(?:\b(?:e\.g|i\.e|et al|cf|vs|Fig|Eq|Sec|resp|approx|Dr|No)\.|\b[A-Z]\.)$")


def extract(paper: Paper, basis: str) -> Summary:
    """The first sentences of the abstract, up to 320 characters, of which the first is the headline."""
    kept: list[str] = []
    for sentence in sentences(paper.abstract):
        if kept and sum(map(len, kept)) + len(sentence) > _MOST:
            break
        kept.append(sentence)
    headline = kept[0] if kept else ""
    if len(headline) > _HEADLINE:
        headline = f"{headline[: _HEADLINE - 1].rsplit(' ', 1)[0].rstrip(' ,;:')}…"
        kept.insert(0, "")
    summary = Summary(headline, tuple(kept[1:]), basis=basis, writer=EXTRACT_WRITER)
    return passed(summary, Evidence(paper))


def sentences(text: str) -> list[str]:
    """A text's sentences; "e.g." and initials end none."""
    cuts = [0, *(match.end() for match in _END.finditer(text) if not _SHORT.search(text[: match.start()])), len(text)]
    return [sentence for start, end in pairwise(cuts) if (sentence := text[start:end].strip())]
