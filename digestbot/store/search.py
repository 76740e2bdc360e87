"""Full-text search in English and Chinese, including two-character words.

SQLite's FTS5 and PostgreSQL's tsvector split text at spaces, which Chinese does not use: so every CJK character becomes
a token, and a word is searched as the phrase of its characters (measured in docs/architecture.md).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.engine import Database
from digestbot.store.tables import entries, papers

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_WORD = re.compile(r"[\w]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class _SearchDialect:
    """The queries and updates of a database's full-text index."""

    find: TextClause
    count: TextClause
    delete: TextClause
    insert: TextClause


# Weights in the order of the columns: title, authors, abstract, summary, takeaways. Ranking costs as much as there
# are matches, so only the newest 2,000 are ranked: for words that most of 50,000 papers contain, this takes 8 ms
# instead of 42 (benchmarks/search.py). A search for such a common word is best served by new papers anyway.
_FTS5_DIALECT = _SearchDialect(
    find=text(
        "SELECT rowid FROM (SELECT rowid, bm25(paper_search, 10.0, 5.0, 1.0, 3.0, 2.0) AS score FROM paper_search"
        " WHERE paper_search MATCH :words ORDER BY rowid DESC LIMIT 2000)"
        " ORDER BY score, rowid DESC LIMIT :most OFFSET :skip"
    ),
    count=text("SELECT count(*) FROM (SELECT 1 FROM paper_search WHERE paper_search MATCH :words LIMIT 1000)"),
    delete=text("DELETE FROM paper_search WHERE rowid = :id"),
    insert=text(
        "INSERT INTO paper_search (rowid, title, authors, abstract, summary, takeaways)"
        " VALUES (:id, :title, :authors, :abstract, :summary, :takeaways)"
    ),
)
_TSVECTOR_WEIGHTS = {"title": "A", "authors": "B", "abstract": "D", "summary": "C", "takeaways": "D"}
_TSVECTOR_EXPRESSION = " || ".join(
    f"setweight(to_tsvector('simple', CAST(:{name} AS text)), '{weight}')" for name, weight in _TSVECTOR_WEIGHTS.items()
)
_TSVECTOR_DIALECT = _SearchDialect(
    find=text(
        "SELECT id FROM (SELECT id, ts_rank('{0.1, 0.3, 0.5, 1.0}', document, asked) AS score"
        " FROM paper_search, to_tsquery('simple', :words) AS asked WHERE document @@ asked ORDER BY id DESC LIMIT 2000)"
        " AS newest ORDER BY score DESC, id DESC LIMIT :most OFFSET :skip"
    ),
    count=text(
        "SELECT count(*) FROM (SELECT 1 FROM paper_search WHERE document @@ to_tsquery('simple', :words) LIMIT 1000)"
        " AS counted"
    ),
    delete=text("DELETE FROM paper_search WHERE id = :id"),
    insert=text(f"INSERT INTO paper_search (id, document) VALUES (:id, {_TSVECTOR_EXPRESSION})"),  # noqa: S608  # our own words
)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results: stored papers, best match first, out of ``total`` (counted up to 1,000)."""

    ids: tuple[int, ...]
    total: int


class SearchIndex:
    """Searches papers by words."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, words: str, limit: int = 10, offset: int = 0) -> SearchPage:
        """Papers with all the words; else with words that start with them; else with any of them."""
        dialect, queries = (
            (_TSVECTOR_DIALECT, to_tsqueries(words))
            if self._database.is_server
            else (_FTS5_DIALECT, to_fts5_queries(words))
        )
        async with self._database.read() as connection:
            for query in queries:
                total = int((await connection.execute(dialect.count, {"words": query})).scalar_one())
                if total:
                    rows = await connection.scalars(dialect.find, {"words": query, "most": limit, "skip": offset})
                    return SearchPage(tuple(rows.all()), total)
        return SearchPage((), 0)


def to_fts5_queries(words: str) -> tuple[str, ...]:
    """The words as FTS5 queries, strictest first. User input only appears as quoted text."""
    phrases = [" ".join(space_cjk(word).split()) for word in _WORD.findall(words)]
    quoted = [f'"{phrase}"' for phrase in phrases]
    if not quoted:
        return ()
    exact, prefixes = " AND ".join(quoted), " AND ".join(f"{phrase} *" for phrase in quoted)
    return (exact, prefixes) if len(quoted) == 1 else (exact, prefixes, " OR ".join(quoted))


def to_tsqueries(words: str) -> tuple[str, ...]:
    """The words as PostgreSQL queries, strictest first. Only letters and digits of user input appear, quoted."""
    phrases = [[f"'{token}'" for token in normalize_words(word).split()] for word in _WORD.findall(words)]
    quoted = [" <-> ".join(phrase) for phrase in phrases if phrase]
    if not quoted:
        return ()
    exact, prefixes = " & ".join(f"({phrase})" for phrase in quoted), " & ".join(f"({phrase}:*)" for phrase in quoted)
    return (exact, prefixes) if len(quoted) == 1 else (exact, prefixes, " | ".join(f"({phrase})" for phrase in quoted))


def normalize_words(value: str) -> str:
    """The text as lower-case words without accents, separated by spaces, with every CJK character as a word.

    FTS5 does this itself; PostgreSQL's parser would recognize URLs, numbers and hyphens in its own way.
    """
    without_accents = "".join(
        char for char in unicodedata.normalize("NFKD", value.lower()) if not unicodedata.combining(char)
    )
    return " ".join(_WORD.findall(space_cjk(unicodedata.normalize("NFC", without_accents))))


def space_cjk(value: str) -> str:
    """The text with every CJK character as a separate word."""
    return _CJK.sub(lambda run: f" {' '.join(run[0])} ", value)


async def index_papers(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Reindex the papers, with the summaries from all entries that show them."""
    if not ids:
        return
    dialect, to_tokens = (
        (_FTS5_DIALECT, space_cjk) if connection.dialect.name == "sqlite" else (_TSVECTOR_DIALECT, normalize_words)
    )
    id_list: Any = bindparam("ids", expanding=True)
    paper_rows = await connection.execute(select(papers).where(papers.c.id.in_(id_list)), {"ids": list(ids)})
    entry_rows = await connection.execute(
        select(entries.c.paper_id, entries.c.headline, entries.c.takeaways)
        .where(entries.c.paper_id.in_(id_list))
        .order_by(entries.c.id),
        {"ids": list(ids)},
    )
    summaries: dict[int, tuple[dict[str, None], dict[str, None]]] = {}
    for row in entry_rows:
        headlines, takeaways = summaries.setdefault(row.paper_id, ({}, {}))
        headlines[row.headline] = None
        takeaways.update(dict.fromkeys(row.takeaways))
    rows = [
        {
            "id": row.id,
            "title": to_tokens(row.title),
            "authors": to_tokens("; ".join(row.authors)),
            "abstract": to_tokens(row.abstract),
            "summary": to_tokens("\n".join(summaries[row.id][0])),
            "takeaways": to_tokens("\n".join(summaries[row.id][1])),
        }
        for row in paper_rows
        if row.id in summaries  # papers that no digest shows any more are not found
    ]
    await connection.execute(dialect.delete, [{"id": paper_id} for paper_id in ids])
    if rows:
        await connection.execute(dialect.insert, rows)
