"""Full-text search in English and Chinese, which finds and ranks alike on SQLite (FTS5) and PostgreSQL (tsvector).

``domain/search_words.py`` makes the words. Both databases rank by BM25 with the same weights: FTS5 has it built in, and
for PostgreSQL it is computed here, from how often each word stands in a paper and in how many papers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any, Protocol

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import EXTRACT_WRITER
from digestbot.domain.search_words import is_telling, split_phrases, split_tokens
from digestbot.store.engine import Database
from digestbot.store.shown_papers import is_shown
from digestbot.store.sound_rows import read_sound_rows, read_texts
from digestbot.store.tables import entries, papers

Phrase = tuple[str, ...]
_COLUMNS = {"title": 10, "authors": 5, "abstract": 1, "summary": 3, "takeaways": 3}
"""How much a word counts in each."""
_TSVECTOR_WEIGHTS = {"title": "A", "authors": "B", "abstract": "D", "summary": "C", "takeaways": "C"}
"""The same, as PostgreSQL's letters; their numbers are in ``_build_ranking``."""
_MAX_TOKENS = 3_000
"""How many of a column's first words are indexed. PostgreSQL knows 16,383 positions in all."""
_REINDEX_BATCH_SIZE = 500
_STATISTICS_SECONDS = 60.0
_MAX_COUNTED_PAPERS = 5_000
"""Up to which number the papers with a word are counted on PostgreSQL, to weigh it; beyond, it is a common word."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results: stored papers, best match first, out of ``total`` (counted up to 1,000).

    ``is_partial`` says that none has all of the words, and these have some.
    """

    ids: tuple[int, ...]
    total: int
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class _Query:
    """A query in the database's language, and each of its phrases alone; ``is_any``: any of them will do."""

    words: str
    phrases: tuple[str, ...]
    is_any: bool = False


class _Dialect(Protocol):
    """The queries and updates of a database's full-text index."""

    def build_queries(self, words: str) -> tuple[_Query, ...]:
        """The words as queries, strictest first."""
        ...

    async def count(self, connection: AsyncConnection, query: _Query) -> int:
        """How many papers match, up to 1,000."""
        ...

    async def find(self, connection: AsyncConnection, query: _Query, limit: int, offset: int) -> tuple[int, ...]:
        """The best matches."""
        ...


class SearchIndex:
    """Searches papers by words."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dialect: _Dialect = _TsvectorDialect() if database.is_server else _Fts5Dialect()

    async def find(self, words: str, limit: int = 10, offset: int = 0) -> SearchPage:
        """Papers with all the words; else with words that start with them; else with any of them.

        Where no paper has them all, words that carry nothing are left out.
        """
        async with self._database.read() as connection:
            for query in self._dialect.build_queries(words):
                total = await self._dialect.count(connection, query)
                if total:
                    found = await self._dialect.find(connection, query, limit, offset)
                    return SearchPage(found, total, is_partial=query.is_any)
        return SearchPage((), 0)

    async def has_all(self, words: str) -> bool:
        """Whether a paper has all the words."""
        async with self._database.read() as connection:
            queries = self._dialect.build_queries(words)[:1]
            return bool(queries and await self._dialect.count(connection, queries[0]))

    async def is_most(self, count: int) -> bool:
        """Whether as many papers are more than half of all."""
        query = select(papers.c.id).limit(2 * count + 1).subquery()
        async with self._database.read() as connection:
            return int(await connection.scalar(select(func.count()).select_from(query)) or 0) < 2 * count


# Ranking costs as much as there are matches, so only the newest 2,000 are ranked: for words that most of 50,000 papers
# contain, this takes 8 ms instead of 42 (benchmarks/search.py). A search for such a common word is best served by new
# papers anyway.


class _Fts5Dialect:
    _COUNT = text("SELECT count(*) FROM (SELECT 1 FROM paper_search WHERE paper_search MATCH :words LIMIT 1000)")
    _FIND = text(
        f"SELECT rowid FROM (SELECT rowid, bm25(paper_search, {', '.join(map(str, _COLUMNS.values()))}) AS score"  # noqa: S608  # our own words
        " FROM paper_search WHERE paper_search MATCH :words ORDER BY rowid DESC LIMIT 2000)"
        " ORDER BY score, rowid DESC LIMIT :most OFFSET :skip"
    )

    def build_queries(self, words: str) -> tuple[_Query, ...]:
        """The words as queries, strictest first."""
        return _build_fts5_queries(words)

    async def count(self, connection: AsyncConnection, query: _Query) -> int:
        """How many papers match, up to 1,000."""
        return int((await connection.execute(self._COUNT, {"words": query.words})).scalar_one())

    async def find(self, connection: AsyncConnection, query: _Query, limit: int, offset: int) -> tuple[int, ...]:
        """The best matches."""
        values = {"words": query.words, "most": limit, "skip": offset}
        return tuple((await connection.scalars(self._FIND, values)).all())


_TSVECTOR_MATCH = "document @@ CAST(CAST(:words AS text) AS tsquery)"


class _TsvectorDialect:
    # otherwise, after a few searches, the server plans once for all words, rare and common
    _PLAN_EACH = text("SET LOCAL plan_cache_mode = force_custom_plan")
    _COUNT = text(f"SELECT count(*) FROM (SELECT 1 FROM paper_search WHERE {_TSVECTOR_MATCH} LIMIT 1000) AS counted")  # noqa: S608
    _COUNT_EACH = text(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM paper_search WHERE document @@ CAST(phrase AS tsquery)"  # noqa: S608
        f" LIMIT {_MAX_COUNTED_PAPERS}) AS counted)"
        " FROM unnest(CAST(:phrases AS text[])) WITH ORDINALITY AS asked(phrase, place) ORDER BY place"
    )
    _COUNT_ALL = text("SELECT count(*), coalesce(avg(length), 1) FROM paper_search")

    def __init__(self) -> None:
        self._statistics = (0, 1.0)
        self._statistics_until = 0.0
        self._counts: dict[str, int] = {}

    def build_queries(self, words: str) -> tuple[_Query, ...]:
        """The words as queries, strictest first."""
        return _build_tsqueries(words)

    async def count(self, connection: AsyncConnection, query: _Query) -> int:
        """How many papers match, up to 1,000."""
        await connection.execute(self._PLAN_EACH)
        return int((await connection.execute(self._COUNT, {"words": query.words})).scalar_one())

    async def find(self, connection: AsyncConnection, query: _Query, limit: int, offset: int) -> tuple[int, ...]:
        """The best matches."""
        paper_count, average_length = await self._get_statistics(connection)
        weights = [1.0]
        if len(query.phrases) > 1:
            counts = await self._count_each(connection, query.phrases)
            weights = [_weigh_rarity(count, paper_count) for count in counts]
        values: dict[str, Any] = {"words": query.words, "average": average_length, "most": limit, "skip": offset}
        for number, (phrase, weight) in enumerate(zip(query.phrases, weights, strict=True)):
            values |= {f"phrase{number}": phrase, f"weight{number}": weight}
        return tuple((await connection.scalars(_build_ranking(len(weights)), values)).all())

    async def _count_each(self, connection: AsyncConnection, phrases: Sequence[str]) -> list[int]:
        """How many papers have each phrase; counted once a minute."""
        known = self._counts  # another search may begin anew meanwhile
        unknown = [phrase for phrase in phrases if phrase not in known]
        if unknown:
            counts = (await connection.scalars(self._COUNT_EACH, {"phrases": unknown})).all()
            known.update(zip(unknown, counts, strict=True))
        return [known[phrase] for phrase in phrases]

    async def _get_statistics(self, connection: AsyncConnection) -> tuple[int, float]:
        """How many papers are indexed, and how long they are on average; counted once a minute."""
        now = time.monotonic()
        if now >= self._statistics_until:
            count, average = (await connection.execute(self._COUNT_ALL)).one()
            self._statistics, self._statistics_until = (count, float(average)), now + _STATISTICS_SECONDS
            self._counts = {}
        return self._statistics


@cache
def _build_ranking(phrase_count: int) -> TextClause:
    """FTS5's BM25. The weights of the columns are those of ``_COLUMNS``, a tenth each, as PostgreSQL wants them.

    A phrase's cover density is the sum of its places' weights. It is written so that it is computed once a paper.
    """
    frequencies = [
        f"round(10 * ts_rank_cd('{{0.1, 0.3, 0.5, 1.0}}', document, CAST(CAST(:phrase{number} AS text) AS tsquery)))"
        for number in range(phrase_count)
    ]
    scores = [
        f"coalesce(CAST(:weight{number} AS float8) * 2.2 / (1 + saturation / NULLIF({frequency}, 0)), 0)"
        for number, frequency in enumerate(frequencies)
    ]
    return text(
        "SELECT id FROM (SELECT id, document, 1.2 * (0.25 + 0.75 * length / CAST(:average AS float8)) AS saturation"  # noqa: S608
        f" FROM paper_search WHERE {_TSVECTOR_MATCH} ORDER BY id DESC LIMIT 2000) AS newest"
        f" ORDER BY {' + '.join(scores)} DESC, id DESC LIMIT :most OFFSET :skip"
    )


def _weigh_rarity(count: int, paper_count: int) -> float:
    """The inverse document frequency, as FTS5 computes it."""
    return max(math.log((paper_count - count + 0.5) / (count + 0.5)), 1e-6) if count <= paper_count else 1e-6


def to_fts5_queries(words: str) -> tuple[str, ...]:
    """The words as FTS5 queries, strictest first. User input only appears as quoted letters and digits."""
    return tuple(query.words for query in _build_fts5_queries(words))


def _build_fts5_queries(words: str) -> tuple[_Query, ...]:
    return _build_queries(words, _format_fts5_phrase, " *", (" AND ", " OR "))


def _format_fts5_phrase(phrase: Phrase) -> str:
    return f'"{" ".join(phrase)}"'


def to_tsqueries(words: str) -> tuple[str, ...]:
    """The words as PostgreSQL queries, strictest first. Only letters and digits of user input appear, quoted."""
    return tuple(query.words for query in _build_tsqueries(words))


def _build_tsqueries(words: str) -> tuple[_Query, ...]:
    return _build_queries(words, _format_tsquery_phrase, ":*", (") & (", ") | ("))


def _format_tsquery_phrase(phrase: Phrase) -> str:
    return " <-> ".join(f"'{token}'" for token in phrase)


def _build_queries(
    words: str, quote: Callable[[Phrase], str], prefix_sign: str, operators: tuple[str, str]
) -> tuple[_Query, ...]:
    """All the words, beginnings of all, both again without those that carry nothing, and any that carry something."""
    phrases = split_phrases(words)
    telling = [phrase for phrase in phrases if is_telling(phrase)]
    queries = []
    for wanted in (phrases, *([telling] if 0 < len(telling) < len(phrases) else [])):
        quoted = tuple(map(quote, wanted))
        prefixes = tuple(f"{phrase}{prefix_sign}" for phrase in quoted)
        queries += [_Query(_join(operators[0], group), quoted) for group in (quoted, prefixes) if group]
    if len(telling) > 1:
        quoted = tuple(map(quote, telling))
        queries.append(_Query(_join(operators[1], quoted), quoted, is_any=True))
    return tuple(queries)


def _join(operator: str, phrases: Iterable[str]) -> str:
    """The phrases with an operator between them, and in brackets where it has some."""
    joined = operator.join(phrases)
    return f"({joined})" if ")" in operator else joined


# The index


async def index_all_papers(connection: AsyncConnection) -> None:
    """Index every paper anew."""
    ids = list((await connection.scalars(select(papers.c.id).order_by(papers.c.id))).all())
    for start in range(0, len(ids), _REINDEX_BATCH_SIZE):
        await index_papers(connection, ids[start : start + _REINDEX_BATCH_SIZE])


async def index_papers(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Reindex the papers, with the summaries from all entries that show them."""
    if not ids:
        return
    statements = _choose_statements(connection)
    rows = [statements.build_row(id_, columns) for id_, columns in await _list_columns(connection, ids)]
    await drop_from_index(connection, ids)
    if rows:
        await connection.execute(statements.insert, rows)


async def drop_from_index(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Let the papers not be found any more: for those that are deleted."""
    if ids:
        await connection.execute(_choose_statements(connection).delete, [{"id": paper_id} for paper_id in ids])


def _choose_statements(connection: AsyncConnection) -> _IndexStatements:
    return _FTS5_STATEMENTS if connection.dialect.name == "sqlite" else _TSVECTOR_STATEMENTS


_Columns = dict[str, list[str]]
"""The tokens of each column."""


def _build_fts5_row(paper_id: int, columns: _Columns) -> dict[str, Any]:
    return {"id": paper_id} | {name: " ".join(tokens) for name, tokens in columns.items()}


def _build_tsvector_row(paper_id: int, columns: _Columns) -> dict[str, Any]:
    """The tokens with their places and weights. No phrase goes over from one column into the next."""
    places: dict[str, list[str]] = {}
    first = 1
    for name, tokens in columns.items():
        for place, token in enumerate(tokens, first):
            places.setdefault(token, []).append(f"{place}{_TSVECTOR_WEIGHTS[name]}")
        first += len(tokens) + 1
    document = " ".join(f"'{token}':{','.join(found)}" for token, found in places.items())
    return {"id": paper_id, "document": document, "length": sum(map(len, columns.values())) or 1}


@dataclass(frozen=True, slots=True)
class _IndexStatements:
    delete: TextClause
    insert: TextClause
    build_row: Callable[[int, _Columns], dict[str, Any]]


_FTS5_STATEMENTS = _IndexStatements(
    text("DELETE FROM paper_search WHERE rowid = :id"),
    text(
        "INSERT INTO paper_search (rowid, title, authors, abstract, summary, takeaways)"
        " VALUES (:id, :title, :authors, :abstract, :summary, :takeaways)"
    ),
    _build_fts5_row,
)
_TSVECTOR_STATEMENTS = _IndexStatements(
    text("DELETE FROM paper_search WHERE id = :id"),
    text(
        "INSERT INTO paper_search (id, document, length)"
        " VALUES (:id, CAST(CAST(:document AS text) AS tsvector), :length)"
    ),
    _build_tsvector_row,
)


async def _list_columns(connection: AsyncConnection, ids: Sequence[int]) -> list[tuple[int, _Columns]]:
    """What is indexed of each paper; one that no digest shows any more, and that arXiv did not announce, is not."""
    summaries: dict[int, tuple[dict[str, None], dict[str, None]]] = {}
    for paper_id, headline, takeaways in await _read_summaries(connection, ids):
        headlines, all_takeaways = summaries.setdefault(paper_id, ({}, {}))
        headlines[headline] = None
        all_takeaways.update(dict.fromkeys(takeaways))
    return [
        (paper_id, _split_columns(*texts, *map("\n".join, summaries.get(paper_id, ()))))
        for paper_id, *texts in await _read_papers(connection, ids)
    ]


async def _read_summaries(connection: AsyncConnection, ids: Sequence[int]) -> list[tuple[int, str, tuple[str, ...]]]:
    """What others wrote about the papers. What was only taken from their abstracts is found there."""
    query = select(entries.c.paper_id, entries.c.headline, entries.c.takeaways)
    query = query.where(entries.c.paper_id.in_(ids), entries.c.writer != EXTRACT_WRITER)
    return await read_sound_rows(
        connection,
        query.order_by(entries.c.id),
        lambda row: (row.paper_id, str(row.headline), read_texts(row.takeaways)),
        entries.c.id,
    )


async def _read_papers(connection: AsyncConnection, ids: Sequence[int]) -> list[tuple[int, str, str, str]]:
    return await read_sound_rows(
        connection,
        select(papers).where(papers.c.id.in_(ids), is_shown(papers.c.id)).order_by(papers.c.id),
        lambda row: (
            row.id,
            str(row.title),
            "; ".join(read_texts(row.authors)),
            str(row.abstract),
        ),
        papers.c.id,
    )


def _split_columns(*texts: str) -> _Columns:
    named = zip_longest(_COLUMNS, texts, fillvalue="")
    return {name: split_tokens(value)[:_MAX_TOKENS] for name, value in named}
