"""The papers that are nearest to a paper, by the rare words that they share: found by the full-text index.

Candidates are the newest papers that have two of the paper's most telling words, and those that have one that few have.
How near each is, is counted by all the words that it shares, and by its authors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import TextClause, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.paper import Paper
from digestbot.domain.text.telling_words import count_telling_words, find_stem, weigh_words
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows, read_texts
from digestbot.store.search.search_plans import TITLE_SIGN, Plan, Term, WordCounts, to_fts5, to_tsquery
from digestbot.store.search.search_tsvector import is_mark
from digestbot.store.search.word_counts import read_counts
from digestbot.store.tables import papers

MAX_RELATED = 50
"""How many papers are found at most."""
_SCORED_WORDS, _PAIRED_WORDS, _PLANS = 40, 8, 16
_FEW, _MAX_EACH, _MAX_WALKED = 100, 25, 300_000
"""Up to which number of papers all that have a word are looked at; papers of a plan; places that are walked."""
_MIN_SHARED, _AUTHOR_NEARNESS, _MAX_AUTHORS = 2, 0.05, 2
"""Words that must be shared; what each of two authors in common adds, as a share of the paper's whole weight."""
_IN_TITLE, _TOLD_WORDS = 1.5, 3
"""What a word in the other's title counts, and how many words are told."""


@dataclass(frozen=True, slots=True)
class RelatedPaper:
    """A paper that is near, by its id in the store, with the words and the authors that make it so."""

    paper_id: int
    words: tuple[str, ...]
    authors: tuple[str, ...] = ()


class RelatedPaperIndex:
    """Finds what is near a paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, paper_id: int, paper: Paper) -> tuple[RelatedPaper, ...]:
        """The nearest papers, the nearest first."""
        times = count_telling_words(paper.title, paper.abstract)
        async with self._database.read() as connection:
            counts = await read_counts(connection, times)
            weights = weigh_words(times, counts.papers, counts.total)
            plans = list(_iter_plans(list(weights)[:_PAIRED_WORDS], counts))
            if not plans:
                return ()
            found = await _read_candidates(connection, plans)
            found.pop(paper_id, None)
            near = _rank(found, dict(list(weights.items())[:_SCORED_WORDS]), counts.average_length)
            authors = await _read_authors(connection, [one for one, _, _ in near])
        return _add_authors(near, authors, paper.authors)[:MAX_RELATED]


def _iter_plans(words: Sequence[str], counts: WordCounts) -> Iterator[Plan]:
    """What is looked for, within what may be walked: words that few papers have, and pairs of the most telling ones."""
    singles = [Plan((Term((word,)),)) for word in words if counts.papers[word] <= _FEW]
    pairs = [Plan((Term((one,)), Term((other,)))) for one, other in combinations(words, 2)]
    walked = 0
    for plan in [*singles, *pairs][:_PLANS]:
        walked += counts.bound(plan) * len(plan.terms)
        if walked <= _MAX_WALKED or not plan.terms[1:]:
            yield plan


class _Candidate(NamedTuple):
    """The words of a paper, those of its title, and how many it has in all."""

    words: set[str]
    title: set[str]
    length: int


async def _read_candidates(connection: AsyncConnection, plans: Sequence[Plan]) -> dict[int, _Candidate]:
    if connection.dialect.name == "sqlite":
        values = {f"words{number}": to_fts5(plan) for number, plan in enumerate(plans)}
        rows = await connection.execute(_build_fts5_query(len(plans)), values)
        return {row.id: _read_texts(row.title, row.words) for row in rows}
    await connection.execute(_SET_PLANNER)
    values = {f"words{number}": to_tsquery(plan) for number, plan in enumerate(plans)}
    rows = await connection.execute(_build_tsvector_query(len(plans)), values)
    return {row.id: _read_marks(row.words, row.length) for row in rows}


def _read_texts(title: str, words: str) -> _Candidate:
    return _Candidate(set(split := words.split()), set(title.split()), len(split))


def _read_marks(tokens: Sequence[str], length: int) -> _Candidate:
    """A candidate as PostgreSQL has it: words of titles are marked."""
    title = {token.removeprefix(TITLE_SIGN) for token in tokens if token.startswith(TITLE_SIGN)}
    return _Candidate({token for token in tokens if not is_mark(token)}, title, length)


_SET_PLANNER = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)"
)


@cache
def _build_fts5_query(count: int) -> TextClause:
    """The candidates with their words: one statement, since each is a way to SQLite's thread and back."""
    parts = (
        f"SELECT rowid FROM (SELECT rowid FROM paper_search WHERE paper_search MATCH :words{number}"  # noqa: S608
        f" ORDER BY rowid DESC LIMIT {_MAX_EACH})"
        for number in range(count)
    )
    return text(
        "SELECT id, c0 AS title, c0 || ' ' || c2 || ' ' || c3 || ' ' || c4 AS words FROM paper_search_content"  # noqa: S608
        f" WHERE id IN ({' UNION '.join(parts)})"
    )


@cache
def _build_tsvector_query(count: int) -> TextClause:
    parts = (
        f"(SELECT id FROM paper_search WHERE document @@ CAST(CAST(:words{number} AS text) AS tsquery)"  # noqa: S608
        f" ORDER BY id + 0 DESC LIMIT {_MAX_EACH})"  # by no index: see search_tsvector.py
        for number in range(count)
    )
    return text(
        "SELECT id, tsvector_to_array(document) AS words, length FROM paper_search"  # noqa: S608
        f" WHERE id IN ({' UNION '.join(parts)})"
    )


_Near = list[tuple[int, float, tuple[str, ...]]]
"""Papers with how near each is, as a share of the paper's own weight, and the words that it shares."""


def _rank(found: Mapping[int, _Candidate], weights: Mapping[str, float], average_length: float) -> _Near:
    near: _Near = []
    for paper_id, candidate in found.items():
        shared = _weigh_shared(candidate, weights)
        nearness = sum(shared.values()) / (0.75 + 0.25 * candidate.length / average_length)
        if len(shared) >= _MIN_SHARED:
            near.append((paper_id, nearness, tuple(sorted(shared, key=lambda word: -shared[word]))))
    near.sort(key=lambda one: (-one[1], -one[0]))
    whole = sum(_IN_TITLE * weight for weight in weights.values())
    return [(id_, nearness / whole, words) for id_, nearness, words in near[: 2 * MAX_RELATED]]


def _weigh_shared(candidate: _Candidate, weights: Mapping[str, float]) -> dict[str, float]:
    """The words that a candidate shares, each with how much that says; of a word's forms, the one that says most."""
    shared: dict[str, float] = {}
    stems: set[str] = set()
    for word, weight in weights.items():
        if word in candidate.words and (stem := find_stem(word)) not in stems:
            stems.add(stem)
            shared[word] = weight * (_IN_TITLE if word in candidate.title else 1)
    return shared


async def _read_authors(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    query = select(papers.c.id, papers.c.authors).where(papers.c.id.in_(bindparam("ids", ids, expanding=True)))
    return dict(await read_sound_rows(connection, query, lambda row: (row.id, read_texts(row.authors)), papers.c.id))


def _add_authors(near: _Near, authors: Mapping[int, tuple[str, ...]], own: Sequence[str]) -> tuple[RelatedPaper, ...]:
    """The papers in their order, with authors in common as a second sign."""
    known = {name.casefold() for name in own}
    scored: list[tuple[float, RelatedPaper]] = []
    for paper_id, nearness, words in near:
        shared = tuple(name for name in authors.get(paper_id, ()) if name.casefold() in known)
        score = nearness + _AUTHOR_NEARNESS * min(len(shared), _MAX_AUTHORS)
        scored.append((score, RelatedPaper(paper_id, words[:_TOLD_WORDS], shared)))
    scored.sort(key=lambda one: (-one[0], -one[1].paper_id))
    return tuple(paper for _, paper in scored)
