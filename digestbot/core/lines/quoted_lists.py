"""The numbered papers of a message of the bot's that somebody replies to: a number in the reply is one of these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from digestbot.domain.paper import find_paper_ids
from digestbot.late_patterns import compile_late

_NUMBER = compile_late(r"^[*\s]{0,4}(?P<number>\d{1,3})\.(?=\s|$|\[|\*)", re.MULTILINE)
_LABEL = compile_late(r"(?P<number>\d{1,3})(?=\s|$)")
_MAX_CHARACTERS, _MAX_PAPERS = 20_000, 200


def number_written_papers(text: str, links: Iterable[tuple[int, str]]) -> dict[int, str]:
    """The papers of a list by their numbers: each line with the next number, and the paper's link that follows it.

    ``links`` are addresses with the places in the text where they begin, in order.
    """
    starts = _find_starts(text[:_MAX_CHARACTERS])
    placed = [(place, paper.base_id) for place, link in links for paper in find_paper_ids(link)[:1]]
    numbered: dict[int, str] = {}
    at = 0
    for (start, number), (end, _) in pairwise([*starts, (len(text) + 1, 0)]):
        while at < len(placed) and placed[at][0] < start:
            at += 1
        if at < len(placed) and placed[at][0] < end:
            numbered[number] = placed[at][1]
    return numbered


def _find_starts(text: str) -> list[tuple[int, int]]:
    """Where each item begins, with its number, which is one more than that before it."""
    starts: list[tuple[int, int]] = []
    for match in _NUMBER.finditer(text):
        number = int(match["number"])
        if len(starts) < _MAX_PAPERS and (not starts or number == starts[-1][1] + 1):
            starts.append((match.start(), number))
    return starts


def number_named_papers(buttons: Iterable[tuple[str, str]]) -> dict[int, str]:
    """The papers that buttons open, by the number that their labels begin with: “2 LoopSmith”.

    Each button is its label and the address that its command names.
    """
    numbered: dict[int, str] = {}
    for label, address in buttons:
        match, papers = _LABEL.match(label), find_paper_ids(address)
        if match and papers:
            numbered.setdefault(int(match["number"]), papers[0].base_id)
    return numbered
