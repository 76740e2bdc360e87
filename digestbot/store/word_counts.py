"""In how many papers each word is: kept beside the full-text index, since counting a common word's takes too long.

Two numbers beside them are of no word: how many papers there are, and how many words they have together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Integer, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.search_plans import WordCounts

_PAPERS, _LENGTHS = "", " "
"""What stands for the numbers that are of no word."""
_MIN_BEGINNING = 3
"""Letters that the beginning of a word needs: shorter ones begin too many."""
_LAST_CHARACTER = "\U0010ffff"
_READ = text("SELECT word, papers FROM paper_search_words WHERE word IN :words").bindparams(
    bindparam("words", expanding=True)
)
_COMPLETE = text(
    "SELECT word FROM paper_search_words WHERE word >= :beginning AND word < :end AND papers > 0"
    " ORDER BY papers DESC, word LIMIT 16"
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
    found: dict[str, tuple[str, ...]] = {}
    for beginning in beginnings:
        if len(beginning) >= _MIN_BEGINNING:
            values = {"beginning": beginning, "end": beginning + _LAST_CHARACTER}
            words = tuple((await connection.scalars(_COMPLETE, values)).all())
            if set(words) - {beginning}:
                found[beginning] = words
    return found


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
