"""Full-text search in English and Chinese, which finds and ranks alike on SQLite (FTS5) and PostgreSQL (tsvector).

``search_words.py`` makes the words, ``search_plans.py`` what is looked for, ``search_fts5.py`` and
``search_tsvector.py`` find it. Both rank by BM25 with the same weights, by how many papers have each word.

Ranking takes a while for each paper, so only the newest matches are ranked, and with them the newest whose titles
match: a title that is searched for is found however many papers have all of its words. Behind them come other matches,
the newest first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any, Protocol

from sqlalchemy import Row, TextClause, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import EXTRACT_WRITER
from digestbot.domain.text.search_words import split_tokens
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows, read_texts
from digestbot.store.search.search_fts5 import Fts5Index
from digestbot.store.search.search_plans import FoundPapers, Plan, WordCounts, build_plans, name_title_word
from digestbot.store.search.search_tsvector import TsvectorIndex, is_mark, name_block
from digestbot.store.search.shown_papers import is_shown
from digestbot.store.search.word_counts import change_counts, clear_counts, complete_words, count_words, read_counts
from digestbot.store.tables import entries, papers

_COLUMNS = ("title", "authors", "abstract", "summary", "takeaways")
_TSVECTOR_WEIGHTS = {"title": "A", "authors": "B", "abstract": "D", "summary": "C", "takeaways": "C"}
"""How much a word counts in each, as PostgreSQL's letters; their numbers are in ``search_tsvector.py``."""
_MAX_TOKENS = 3_000
"""How many of a column's first words are indexed. PostgreSQL knows 16,383 positions in all."""
_REINDEX_BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results: stored papers, best match first, out of ``total`` (counted up to 1,000).

    ``is_partial`` says that none has all of the words, and these have some.
    """

    ids: tuple[int, ...]
    total: int
    is_partial: bool = False


class _Index(Protocol):
    """A database's full-text index."""

    async def find(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> FoundPapers:
        """The papers that match a plan."""
        ...

    async def list_newest(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> Sequence[int]:
        """The newest papers that match a plan."""
        ...

    async def has_match(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> bool:
        """Whether a paper matches a plan."""
        ...


class SearchIndex:
    """Searches papers by words."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index: _Index = TsvectorIndex() if database.is_server else Fts5Index()

    async def find(self, words: str, limit: int = 10, offset: int = 0) -> SearchPage:
        """Papers with all the words; else with words that start with them; else with any of them.

        Where no paper has them all, words that carry nothing are left out.
        """
        async with self._database.read() as connection:
            async for plan, counts in _iter_plans(connection, words):
                found = await self._index.find(connection, plan, counts)
                if found.total:
                    ids: Iterable[int] = found.ranked
                    if offset + limit > len(found.ranked):
                        newest = await self._index.list_newest(connection, plan, counts)
                        ids = dict.fromkeys((*found.ranked, *newest))
                    return SearchPage(tuple(islice(ids, offset, offset + limit)), found.total, is_partial=plan.is_any)
        return SearchPage((), 0)

    async def has_all(self, words: str) -> bool:
        """Whether a paper has all the words."""
        async with self._database.read() as connection:
            for plan in build_plans(words)[:1]:
                return await self._index.has_match(connection, plan, await read_counts(connection, plan.words))
        return False

    async def is_most(self, count: int) -> bool:
        """Whether as many papers are more than half of all."""
        async with self._database.read() as connection:
            return 2 * count > (await read_counts(connection, ())).total


async def _iter_plans(connection: AsyncConnection, words: str) -> AsyncIterator[tuple[Plan, WordCounts]]:
    """What is looked for, strictest first: each plan with the words that were typed, then with those that begin so."""
    for plan in build_plans(words):
        counts = await read_counts(connection, plan.words)
        yield plan, counts
        if not plan.is_any:
            beginnings = [term.phrase[-1] for term in plan.list_rarest(counts)]
            if ends := await complete_words(connection, beginnings):
                completed = plan.complete(ends)
                yield completed, await read_counts(connection, completed.words)


# The index


async def index_all_papers(connection: AsyncConnection) -> None:
    """Index every paper anew, where the index is empty."""
    await clear_counts(connection)
    last = 0
    while ids := await _list_next_ids(connection, last):
        await index_papers(connection, ids)
        last = ids[-1]


async def _list_next_ids(connection: AsyncConnection, last: int) -> Sequence[int]:
    query = select(papers.c.id).where(papers.c.id > last).order_by(papers.c.id)
    return (await connection.scalars(query.limit(_REINDEX_BATCH_SIZE))).all()


async def index_papers(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Reindex the papers, with the summaries from all entries that show them. What is deleted leaves the index."""
    await _change_index(connection, ids, await _list_columns(connection, ids))


async def drop_from_index(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Let the papers not be found any more: for those that are deleted."""
    await _change_index(connection, ids, [])


async def _change_index(
    connection: AsyncConnection, ids: Sequence[int], indexed: Sequence[tuple[int, _Columns]]
) -> None:
    """Put ``indexed`` in the place of what the index has of the papers."""
    if not ids:
        return
    statements = _choose_statements(connection)
    await connection.execute(statements.take_turn)
    before = await _count_indexed(connection, ids)
    for delete in statements.deletes:
        await connection.execute(delete, [{"id": paper_id} for paper_id in ids])
    rows = [statements.build_row(*paper) for paper in indexed]
    for insert in statements.inserts if rows else ():
        await connection.execute(insert, rows)
    await change_counts(connection, before, [_count_columns(columns.values()) for _, columns in indexed])


def _choose_statements(connection: AsyncConnection) -> _IndexStatements:
    return _FTS5_STATEMENTS if connection.dialect.name == "sqlite" else _TSVECTOR_STATEMENTS


async def _count_indexed(connection: AsyncConnection, ids: Sequence[int]) -> list[dict[str, int]]:
    """What the papers that the index has add to the counts of words."""
    statements = _choose_statements(connection)
    return [statements.count_row(row) for row in await connection.execute(statements.read, {"ids": list(ids)})]


def _count_columns(columns: Iterable[Sequence[str]]) -> dict[str, int]:
    tokens = [token for column in columns for token in column]
    return count_words(tokens, len(tokens))


_Columns = dict[str, list[str]]
"""The tokens of each column."""


def _build_fts5_row(paper_id: int, columns: _Columns) -> dict[str, Any]:
    return {"id": paper_id} | {name: " ".join(tokens) for name, tokens in columns.items()}


def _build_tsvector_row(paper_id: int, columns: _Columns) -> dict[str, Any]:
    """The tokens with their places and weights, and without places those of the title and the paper's block.

    No phrase goes over from one column into the next.
    """
    places: dict[str, list[str]] = {}
    first = 1
    for name, tokens in columns.items():
        for place, token in enumerate(tokens, first):
            places.setdefault(token, []).append(f"{place}{_TSVECTOR_WEIGHTS[name]}")
        first += len(tokens) + 1
    marks = [name_block(paper_id), *map(name_title_word, columns["title"])]
    words = [f"'{token}':{','.join(found)}" for token, found in places.items()]
    document = " ".join((*words, *(f"'{mark}'" for mark in marks)))
    return {"id": paper_id, "document": document, "length": sum(map(len, columns.values()))}


@dataclass(frozen=True, slots=True)
class _IndexStatements:
    """``take_turn``: of two processes that index, one waits, or each would count words that the other is counting."""

    take_turn: TextClause
    read: TextClause
    count_row: Callable[[Row[Any]], dict[str, int]]
    deletes: tuple[TextClause, ...]
    inserts: tuple[TextClause, ...]
    build_row: Callable[[int, _Columns], dict[str, Any]]


_FTS5_STATEMENTS = _IndexStatements(
    text("SELECT 1"),
    text("SELECT title, authors, abstract, summary, takeaways FROM paper_search WHERE rowid IN :ids").bindparams(
        bindparam("ids", expanding=True)
    ),
    lambda row: _count_columns([tokens.split() for tokens in row]),
    (
        text(
            "INSERT INTO paper_search_titles (paper_search_titles, rowid, title)"
            " SELECT 'delete', rowid, title FROM paper_search WHERE rowid = :id"
        ),
        text("DELETE FROM paper_search WHERE rowid = :id"),
    ),
    (
        text(
            "INSERT INTO paper_search (rowid, title, authors, abstract, summary, takeaways)"
            " VALUES (:id, :title, :authors, :abstract, :summary, :takeaways)"
        ),
        text("INSERT INTO paper_search_titles (rowid, title) VALUES (:id, :title)"),
    ),
    _build_fts5_row,
)
_TSVECTOR_STATEMENTS = _IndexStatements(
    text("SELECT pg_advisory_xact_lock(7012118)"),
    text("SELECT tsvector_to_array(document) AS tokens, length FROM paper_search WHERE id IN :ids").bindparams(
        bindparam("ids", expanding=True)
    ),
    lambda row: count_words((token for token in row.tokens if not is_mark(token)), row.length),
    (text("DELETE FROM paper_search WHERE id = :id"),),
    (
        text(
            "INSERT INTO paper_search (id, document, length)"
            " VALUES (:id, CAST(CAST(:document AS text) AS tsvector), :length)"
        ),
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
