"""Full-text search in English and Chinese, two-character words included.

SQLite's FTS5 splits at spaces, and Chinese has none: so every CJK character is made a token of its own, and a
word is asked for as the phrase of its characters (measured in DESIGN section 3).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.engine import Database
from digestbot.store.tables import entries, papers

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_WORD = re.compile(r"[\w]+", re.UNICODE)

# Weights in the order of the columns: title, authors, abstract, summary, takeaways. Ranking costs as much as there
# are matches, so that only the newest 2,000 are ranked: over 50,000 papers and words that most of them have, 8 ms
# in the place of 42 (benchmarks/search.py). Who searches for a word that is everywhere wants what is new.
_FIND = text(
    "SELECT rowid FROM (SELECT rowid, bm25(paper_search, 10.0, 5.0, 1.0, 3.0, 2.0) AS score FROM paper_search"
    " WHERE paper_search MATCH :words ORDER BY rowid DESC LIMIT 2000)"
    " ORDER BY score, rowid DESC LIMIT :most OFFSET :skip"
)
_COUNT = text("SELECT count(*) FROM (SELECT 1 FROM paper_search WHERE paper_search MATCH :words LIMIT 1000)")
_DELETE = text("DELETE FROM paper_search WHERE rowid = :id")
_INSERT = text(
    "INSERT INTO paper_search (rowid, title, authors, abstract, summary, takeaways)"
    " VALUES (:id, :title, :authors, :abstract, :summary, :takeaways)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of results: stored papers, best first, of ``total`` (counted up to 1,000)."""

    ids: tuple[int, ...]
    total: int


class Search:
    """Finds papers by words."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, words: str, most: int = 10, skip: int = 0) -> Found:
        """Papers with all the words; if none, with words that begin so; if none, with any of them."""
        async with self._database.read() as connection:
            for query in queries(words):
                total = int((await connection.execute(_COUNT, {"words": query})).scalar_one())
                if total:
                    rows = await connection.scalars(_FIND, {"words": query, "most": most, "skip": skip})
                    return Found(tuple(rows.all()), total)
        return Found((), 0)


def queries(words: str) -> tuple[str, ...]:
    """The words as FTS5 queries, strictest first. What is typed is only ever quoted text in them."""
    phrases = [" ".join(spaced(word).split()) for word in _WORD.findall(words)]
    quoted = [f'"{phrase}"' for phrase in phrases]
    if not quoted:
        return ()
    exact, begun = " AND ".join(quoted), " AND ".join(f"{phrase} *" for phrase in quoted)
    return (exact, begun) if len(quoted) == 1 else (exact, begun, " OR ".join(quoted))


def spaced(value: str) -> str:
    """The text with every CJK character a word of its own."""
    return _CJK.sub(lambda run: f" {' '.join(run[0])} ", value)


async def index_papers(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Index the papers anew, with the summaries of all entries that show them."""
    if not ids:
        return
    chosen: Any = bindparam("ids", expanding=True)
    found = await connection.execute(select(papers).where(papers.c.id.in_(chosen)), {"ids": list(ids)})
    shown = await connection.execute(
        select(entries.c.paper_id, entries.c.headline, entries.c.takeaways)
        .where(entries.c.paper_id.in_(chosen))
        .order_by(entries.c.id),
        {"ids": list(ids)},
    )
    summaries: dict[int, tuple[dict[str, None], dict[str, None]]] = {}
    for row in shown:
        headlines, takeaways = summaries.setdefault(row.paper_id, ({}, {}))
        headlines[row.headline] = None
        takeaways.update(dict.fromkeys(row.takeaways))
    rows = [
        {
            "id": row.id,
            "title": spaced(row.title),
            "authors": spaced("; ".join(row.authors)),
            "abstract": spaced(row.abstract),
            "summary": spaced("\n".join(summaries[row.id][0])),
            "takeaways": spaced("\n".join(summaries[row.id][1])),
        }
        for row in found
        if row.id in summaries  # a paper that no digest shows any more is not found either
    ]
    await connection.execute(_DELETE, [{"id": paper_id} for paper_id in ids])
    if rows:
        await connection.execute(_INSERT, rows)
