"""The full-text index of SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.search.search_plans import (
    MAX_BETTER,
    MAX_COUNTED,
    MAX_NEWEST,
    FoundPapers,
    Plan,
    Term,
    WordCounts,
    list_better_plans,
    to_fts5,
)

_WEIGHTS = (10, 5, 1, 3, 3)
"""How much a word counts in the title, among the authors, in the abstract, in summaries and in takeaways."""
_PAPERS, _TITLES = "paper_search", "paper_search_titles"
_MATCH = (
    "SELECT rowid FROM {table} WHERE {table} MATCH :{words}"
    " AND rowid > CAST((SELECT max(id) FROM paper_search_content) * :skipped AS INTEGER)"
    " ORDER BY rowid DESC LIMIT :{most}"
)
_NEWEST = _MATCH.format(table=_PAPERS, words="words", most="most_counted")


class Fts5Index:
    """Finds and ranks papers in FTS5's table.

    FTS5's own BM25 counts all papers with each word first, which takes 0.5 s for common ones. So what FTS5 keeps of the
    papers is read, and ranked here.

    The words of titles have a table of their own, or for a title all papers with its words would be looked at: FTS5
    keeps the places of all columns together. It has no places in titles, so phrases are looked for in the other.
    """

    async def find(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> FoundPapers:
        """The papers that match a plan."""
        better = [_build_match(one, column) for one, column in list_better_plans(plan, counts)]
        values = _build_values(plan, counts) | {"most": MAX_BETTER // max(len(better), 1)}
        values |= {f"better{number}": words for number, (_, words) in enumerate(better)}
        rows = (await connection.execute(_build_reading(tuple(table for table, _ in better)), values)).all()
        ranked = _rank(rows, plan.list_rarest(counts), counts)
        return FoundPapers(ranked, rows[0].total if rows else 0)

    async def list_newest(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> Sequence[int]:
        """The newest papers that match a plan."""
        return (await connection.scalars(text(_NEWEST), _build_values(plan, counts))).all()

    async def has_match(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> bool:
        """Whether a paper matches a plan."""
        return await connection.scalar(text(_NEWEST), _build_values(plan, counts) | {"most_counted": 1}) is not None


def _build_values(plan: Plan, counts: WordCounts) -> dict[str, Any]:
    skipped = 1 - counts.find_share(plan)
    return {"words": to_fts5(plan), "most_counted": MAX_COUNTED, "skipped": skipped}


def _build_match(plan: Plan, column: str) -> tuple[str, str]:
    """The table that a plan is looked for in, and what is looked for there."""
    return (_TITLES, to_fts5(plan)) if column and not plan.has_phrase else (_PAPERS, to_fts5(plan, column))


@cache
def _build_reading(better_tables: tuple[str, ...]) -> TextClause:
    """What reads the papers to rank: one statement, since each is a way to SQLite's thread and back."""
    found = [
        f"better{number} AS ({_MATCH.format(table=table, words=f'better{number}', most='most')})"
        for number, table in enumerate(better_tables)
    ]
    ranked = [f"SELECT rowid FROM (SELECT rowid FROM newest LIMIT {MAX_NEWEST})"]  # noqa: S608
    ranked += [f"SELECT rowid FROM better{number}" for number in range(len(better_tables))]  # noqa: S608
    return text(
        f"WITH {', '.join((f'newest AS ({_NEWEST})', *found))}"  # noqa: S608
        " SELECT id, c0, c1, c2, c3, c4, (SELECT count(*) FROM newest) AS total FROM paper_search_content"
        f" WHERE id IN ({' UNION '.join(ranked)})"
    )


class _Pattern(NamedTuple):
    """What a term is in a text with a space at both ends.

    Of two that stand next to each other (``twice``) each needs the space between them: where there are such, every
    space is doubled (``apart``) before they are counted.
    """

    once: str
    twice: str
    apart: str
    rarity: float


def _rank(rows: Sequence[Row[Any]], terms: Sequence[Term], counts: WordCounts) -> tuple[int, ...]:
    """The papers by BM25, the best first, and of those that are as good the newest."""
    patterns = [_build_pattern(term, counts.weigh(term)) for term in terms]
    scores = {row[0]: _score_paper(row[1:6], patterns, counts.average_length) for row in rows}
    return tuple(sorted(scores, key=lambda id_: (scores[id_], id_), reverse=True))


def _build_pattern(term: Term, rarity: float) -> _Pattern:
    words, end = " ".join(term.phrase), "" if term.ends else " "
    return _Pattern(f" {words}{end}", f" {words} {words}", f" {'  '.join(term.phrase)}{end}", rarity)


def _score_paper(columns: Sequence[str], patterns: Sequence[_Pattern], average: float) -> float:
    texts = [(f" {words} ", weight) for words, weight in zip(columns, _WEIGHTS, strict=True) if words]
    length = sum(words.count(" ") - 1 for words, _ in texts)
    saturation = 1.2 * (0.25 + 0.75 * length / average)
    score = 0.0
    for once, twice, apart, rarity in patterns:
        frequency = 0
        for words, weight in texts:
            if count := words.count(once):
                frequency += weight * (words.replace(" ", "  ").count(apart) if twice in words else count)
        score += rarity * 2.2 * frequency / (frequency + saturation)
    return score
