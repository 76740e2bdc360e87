"""In how many papers each word is: kept beside the full-text index, since counting a common word's takes too long.

Two numbers beside them are of no word: how many papers there are, and how many words they have together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from sqlalchemy import Integer, String, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.search.search_plans import WordCounts

_PAPERS, _LENGTHS = "", " "
"""What stands for the numbers that are of no word."""
_MIN_BEGINNING = 3
"""Letters that the beginning of a word needs: shorter ones begin too many."""
_LAST_CHARACTER = "\U0010ffff"
_READ = text("SELECT word, papers FROM paper_search_words WHERE word IN :words").bindparams(
    bindparam("words", expanding=True)
)
_CHANGE = text(
    "INSERT INTO paper_search_words (word, papers) VALUES (:word, :change)"
    " ON CONFLICT (word) DO UPDATE SET papers = paper_search_words.papers + excluded.papers"
).bindparams(bindparam("word", type_=String), bindparam("change", type_=Integer))
_CLEAR = text("DELETE FROM paper_search_words")


async def read_counts(connection: AsyncConnection, words: Iterable[str]) -> WordCounts:
    """In how many papers each word is."""
    rows = await connection.execute(_READ, {"words": [_PAPERS, _LENGTHS, *words]})
    papers = {row.word: row.papers for row in rows}
    total = papers.get(_PAPERS, 0)
    return WordCounts(papers, total, max(papers.get(_LENGTHS, 0) / max(total, 1), 1))


async def complete_words(connection: AsyncConnection, beginnings: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The words that begin so and that most papers have, by beginning; nothing for one that is just a word itself."""
    asked = [beginning for beginning in dict.fromkeys(beginnings) if len(beginning) >= _MIN_BEGINNING]
    if not asked:
        return {}
    values = {f"beginning{place}": beginning for place, beginning in enumerate(asked)}
    values |= {f"end{place}": beginning + _LAST_CHARACTER for place, beginning in enumerate(asked)}
    found: dict[str, list[str]] = {beginning: [] for beginning in asked}
    for row in sorted(await connection.execute(_build_completion(len(asked)), values), key=lambda row: -row.papers):
        found[asked[row.place]].append(row.word)
    return {beginning: tuple(words) for beginning, words in found.items() if set(words) - {beginning}}


@cache
def _build_completion(count: int) -> TextClause:
    """What completes so many beginnings: one statement, since each is a way to the database and back."""
    parts = (
        f"SELECT * FROM (SELECT {place} AS place, word, papers FROM paper_search_words"  # noqa: S608  # our own numbers
        f" WHERE word >= :beginning{place} AND word < :end{place} AND papers > 0"
        f" ORDER BY papers DESC, word LIMIT 16) AS completed{place}"
        for place in range(count)
    )
    return text(" UNION ALL ".join(parts))


def count_words(words: Iterable[str], length: int) -> dict[str, int]:
    """What a paper adds to the counts; ``length`` is how many words it has, each as often as it is there."""
    return {**dict.fromkeys(words, 1), _PAPERS: 1, _LENGTHS: length}


async def change_counts(
    connection: AsyncConnection, before: Iterable[Mapping[str, int]], after: Iterable[Mapping[str, int]]
) -> None:
    """Count papers as they are now, and no longer as they were: by what :func:`count_words` says of each."""
    changes: Counter[str] = Counter()
    for counts in after:
        changes.update(counts)
    for counts in before:
        changes.subtract(counts)
    rows = [{"word": word, "change": change} for word, change in sorted(changes.items()) if change]
    if rows:
        await connection.execute(_CHANGE, rows)


async def clear_counts(connection: AsyncConnection) -> None:
    """Forget all words."""
    await connection.execute(_CLEAR)
