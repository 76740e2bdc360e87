"""The full-text index of SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.search_plans import Plan, Term, WordCounts, to_fts5

_WEIGHTS = (10, 5, 1, 3, 3)
"""How much a word counts in the title, among the authors, in the abstract, in summaries and in takeaways."""
_NEWEST = text("SELECT rowid FROM paper_search WHERE paper_search MATCH :words ORDER BY rowid DESC LIMIT :most")
_READ = text("SELECT id, c0, c1, c2, c3, c4 FROM paper_search_content WHERE id IN (SELECT value FROM json_each(:ids))")
"""What FTS5 keeps of the papers. Its own BM25 counts all papers with each word first: 0.5 s for common ones."""


class Fts5Index:
    """Finds and ranks papers in FTS5's table."""

    async def find_newest(
        self, connection: AsyncConnection, plan: Plan, _counts: WordCounts, most: int
    ) -> Sequence[int]:
        """The newest papers that match a plan."""
        return await _list_newest(connection, to_fts5(plan), most)

    async def find_newest_titles(
        self, connection: AsyncConnection, plan: Plan, _counts: WordCounts, most: int
    ) -> Sequence[int]:
        """The newest papers that match a plan by their titles alone."""
        return await _list_newest(connection, to_fts5(plan, "title"), most)

    async def rank(
        self, connection: AsyncConnection, ids: Iterable[int], terms: Sequence[Term], counts: WordCounts
    ) -> list[int]:
        """The papers by BM25, the best first, and of those that are as good the newest."""
        rows = (await connection.execute(_READ, {"ids": json.dumps(list(ids))})).all()
        patterns = [(_build_pattern(term), counts.weigh(term)) for term in terms]
        scores = {row.id: _score_paper(row, patterns, counts.average_length or 1) for row in rows}
        return sorted(scores, key=lambda id_: (scores[id_], id_), reverse=True)


async def _list_newest(connection: AsyncConnection, words: str, most: int) -> Sequence[int]:
    return (await connection.scalars(_NEWEST, {"words": words, "most": most})).all()


def _build_pattern(term: Term) -> str:
    """What a term is in a text whose words have two spaces between them, so that each has its own."""
    return f" {'  '.join(term.phrase)}" + ("" if term.ends else " ")


def _measure(row: Row[Any]) -> int:
    return sum(words.count(" ") + 1 for words in row[1:] if words)


def _score_paper(row: Row[Any], patterns: Sequence[tuple[str, float]], average: float) -> float:
    weighed = [(f" {words.replace(' ', '  ')} ", weight) for words, weight in zip(row[1:], _WEIGHTS, strict=True)]
    saturation = 1.2 * (0.25 + 0.75 * _measure(row) / average)
    score = 0.0
    for pattern, rarity in patterns:
        if frequency := sum(words.count(pattern) * weight for words, weight in weighed):
            score += rarity * 2.2 * frequency / (frequency + saturation)
    return score
