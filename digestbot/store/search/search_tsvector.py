"""The full-text index of PostgreSQL.

A GIN index gives all papers that match, in no order. So each paper also has a word for the block of ids that it is in:
the newest of many matches are looked for in the newest blocks first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.store.search.search_plans import (
    MAX_BETTER,
    MAX_COUNTED,
    MAX_NEWEST,
    TITLE_SIGN,
    FoundPapers,
    Plan,
    Term,
    WordCounts,
    list_better_plans,
    to_rank_tsquery,
    to_title_tsquery,
    to_tsquery,
)

BLOCK_SIZE = 8_192
"""How many ids a block has."""
_BLOCK_SIGN = "#"
"""What no word of a text has."""
_MAX_MATCHES = 5_000
"""Up to which number of matches all of them are looked at at once."""
_TITLE_RARITY = 10
"""Of how many papers with a word about one has it in its title."""
_MAX_BLOCKS = 128
"""How many blocks a query may name."""
_READING = 16
"""How many times as long it takes to read a paper as to go past it in the index."""
_LARGEST_ID = 2**31 - 1
# Otherwise, after a few searches, the server plans once for all words, rare and common.
_SET_PLANNER = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)"
)
_NEWEST_ID = text("SELECT coalesce(max(id), 0) FROM paper_search")
# Where it expects many papers that have all of some words, it would go through the ids and read one paper after the
# other, a million if it is wrong: so no index has the ids as they are named here.
_NEWEST = text(
    "SELECT id FROM paper_search WHERE document @@ CAST(CAST(:words AS text) AS tsquery) AND id + 0 < :below"
    " ORDER BY id + 0 DESC LIMIT :most"
)


class TsvectorIndex:
    """Finds and ranks papers in PostgreSQL's table."""

    async def find(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> FoundPapers:
        """The papers that match a plan."""
        newest = await self.list_newest(connection, plan, counts)
        ids = dict.fromkeys(newest[:MAX_NEWEST])
        if len(newest) == MAX_COUNTED:
            better = list_better_plans(plan, counts)
            for one, column in better:
                words = to_title_tsquery(one) if column else to_tsquery(one)
                bound = counts.bound(one) // (_TITLE_RARITY if column else 1)
                most = MAX_BETTER // len(better)
                ids |= dict.fromkeys(await _list_newest(connection, words, one, counts, most=most, bound=bound))
        ranked = await _rank(connection, list(ids), plan.list_rarest(counts), counts) if ids else ()
        return FoundPapers(ranked, len(newest))

    async def list_newest(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> Sequence[int]:
        """The newest papers that match a plan."""
        await connection.execute(_SET_PLANNER)
        return await _list_newest(
            connection, to_tsquery(plan), plan, counts, most=MAX_COUNTED, bound=counts.bound(plan)
        )

    async def has_match(self, connection: AsyncConnection, plan: Plan, counts: WordCounts) -> bool:
        """Whether a paper matches a plan."""
        await connection.execute(_SET_PLANNER)
        return bool(await _list_newest(connection, to_tsquery(plan), plan, counts, most=1, bound=counts.bound(plan)))


async def _rank(
    connection: AsyncConnection, ids: Sequence[int], terms: Sequence[Term], counts: WordCounts
) -> tuple[int, ...]:
    """The papers by BM25, the best first, and of those that are as good the newest."""
    values: dict[str, Any] = {"ids": ids, "average": counts.average_length}
    for number, term in enumerate(terms):
        values |= {f"phrase{number}": to_rank_tsquery(term), f"weight{number}": counts.weigh(term)}
    return tuple((await connection.scalars(_build_ranking(len(terms)), values)).all())


async def _list_newest(
    connection: AsyncConnection, words: str, plan: Plan, counts: WordCounts, *, most: int, bound: int
) -> Sequence[int]:
    """The newest matches, of which there are about ``bound`` at most; where these are many, block by block."""
    share = counts.find_share(plan)
    if bound <= _MAX_MATCHES:
        return await _list_matches(connection, words, _LARGEST_ID, most)
    newest_id = await connection.scalar(_NEWEST_ID) or 0
    found: list[int] = []
    below = newest_id + 1
    fewest = most * counts.total // bound // BLOCK_SIZE + 1
    for first, last in _iter_blocks(newest_id, fewest, min(_READING * bound // BLOCK_SIZE, _MAX_BLOCKS)):
        named = " | ".join(f"'{name_block(block * BLOCK_SIZE)}'" for block in range(first, last + 1))
        found += await _list_matches(connection, f"({words}) & ({named})", below, most - len(found))
        below = first * BLOCK_SIZE
        if len(found) == most or below <= newest_id * (1 - share):
            return found
    return [*found, *await _list_matches(connection, words, below, most - len(found))]


def _iter_blocks(newest_id: int, count: int, most: int) -> Iterator[tuple[int, int]]:
    """The first and last of the newest blocks, then of four times as many before them, and so on; of ``most`` at once.

    All papers of a block are gone past: of too many, that would take longer than to read all that have the words.
    """
    last = newest_id // BLOCK_SIZE
    while last >= 0 and count <= most:
        first = max(last - count + 1, 0)
        yield first, last
        last, count = first - 1, count * 4


async def _list_matches(connection: AsyncConnection, words: str, below: int, most: int) -> Sequence[int]:
    return (await connection.scalars(_NEWEST, {"words": words, "below": below, "most": most})).all()


def name_block(paper_id: int) -> str:
    """What stands in the index for the block that a paper is in; no word of a text has such a sign."""
    return f"{_BLOCK_SIGN}{paper_id // BLOCK_SIZE}"


def is_mark(token: str) -> bool:
    """Whether what stands in the index is no word of a text."""
    return token.startswith((_BLOCK_SIGN, TITLE_SIGN))


@cache
def _build_ranking(term_count: int) -> TextClause:
    """FTS5's BM25. The weights of the columns are those that it has, a tenth each, as PostgreSQL wants them.

    A phrase's cover density is the sum of its places' weights. It is written so that it is computed once a paper.
    """
    frequencies = [
        f"round(10 * ts_rank_cd('{{0.1, 0.3, 0.5, 1.0}}', document, CAST(CAST(:phrase{number} AS text) AS tsquery)))"
        for number in range(term_count)
    ]
    scores = [
        f"coalesce(CAST(:weight{number} AS float8) * 2.2 / (1 + saturation / NULLIF({frequency}, 0)), 0)"
        for number, frequency in enumerate(frequencies)
    ]
    return text(
        "SELECT id FROM (SELECT id, document, 1.2 * (0.25 + 0.75 * length / CAST(:average AS float8)) AS saturation"  # noqa: S608
        " FROM paper_search WHERE id = ANY(CAST(:ids AS integer[]))) AS found"
        f" ORDER BY {' + '.join(scores)} DESC, id DESC"
    )
