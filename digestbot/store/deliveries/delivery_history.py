"""What subscribers have already received, so that each paper is shown to them in full only once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, or_, select

from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address
from digestbot.store.announcements.followed_topics import Narrowings, read_narrowings
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import digests, entries, outbox, papers, subscribers, topics

_MAX_QUERIED = 10_000
"""How many ids one query names: PostgreSQL takes 32,767 values, and a batch's subscribers are among them."""


@dataclass(frozen=True, slots=True)
class PriorDelivery:
    """The digest in which a subscriber already received a paper."""

    slug: str
    title: str
    date: date


@dataclass(frozen=True, slots=True)
class ReceivedPaper:
    """A paper that a subscriber received, in which version and in which digest."""

    paper_id: int
    arxiv_id: str
    version: int
    prior: PriorDelivery


SharedPapers = dict[int, dict[str, PriorDelivery]]
"""Digests of other topics that share papers with a digest: by the other digest's id, then by arXiv ID."""


class DeliveryHistory:
    """Looks up earlier deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_shared_papers(self, digest_ids: Collection[int]) -> dict[int, SharedPapers]:
        """For each digest, the other digests that show some of the same papers in the same or a newer version.

        Digests of follows are left out: there are as many as there are chats (:meth:`find_received_in_follows`).
        """
        shared: dict[int, SharedPapers] = {digest_id: {} for digest_id in digest_ids}
        own: dict[int, list[Row[Any]]] = {}
        async with self._database.read() as connection:
            for chunk in _iter_chunks(digest_ids):
                for row in await connection.execute(_select_own(chunk)):
                    own.setdefault(row.paper_id, []).append(row)
            for chunk in _iter_chunks(own):  # each paper once, however many of the digests show it
                for row in await read_sound_rows(connection, _select_public(chunk), lambda row: row, entries.c.id):
                    prior = PriorDelivery(row.slug, row.title, row.date)
                    for one in own[row.paper_id]:
                        if one.topic_id != row.topic_id and one.version <= row.version:
                            shared[one.digest_id].setdefault(row.digest_id, {})[row.arxiv_id] = prior
        return shared

    async def find_versions(self, digest_ids: Collection[int]) -> dict[int, dict[int, int]]:
        """Which version of each of its papers a digest is about, by digest and paper."""
        versions: dict[int, dict[int, int]] = {digest_id: {} for digest_id in digest_ids}
        columns = select(entries.c.digest_id, entries.c.paper_id, entries.c.version)
        async with self._database.read() as connection:
            for chunk in _iter_chunks(digest_ids):
                for row in await connection.execute(columns.where(entries.c.digest_id.in_(chunk))):
                    versions[row.digest_id][row.paper_id] = row.version
        return versions

    async def find_received_in_follows(
        self, subscriber_ids: Collection[int], paper_ids: Collection[int]
    ) -> dict[int, list[ReceivedPaper]]:
        """Which of the papers the subscribers received in digests of what they follow, by subscriber, newest first."""
        found: dict[int, list[ReceivedPaper]] = {}
        async with self._database.read() as connection:
            if not await connection.scalar(select(topics.c.id).where(topics.c.expression.is_not(None)).limit(1)):
                return {}
            for chunk in _iter_chunks(paper_ids):
                query = _select_received_in_follows(subscriber_ids, chunk)
                for row in await read_sound_rows(connection, query, lambda row: row, outbox.c.id):
                    prior = PriorDelivery(row.slug, row.title, row.date)
                    received = ReceivedPaper(row.paper_id, row.arxiv_id, row.version, prior)
                    found.setdefault(row.subscriber_id, []).append(received)
        return found

    async def find_delivered(self, subscriber_id: int, lead_digest_id: int) -> tuple[list[int], Narrowings]:
        """The digests of the message that a chat was sent, or is being sent, with this one as the lead.

        With them, what the chat left out then.
        """
        is_own = outbox.c.subscriber_id == subscriber_id
        leads = and_(outbox.c.digest_id == lead_digest_id, outbox.c.lead_digest_id.is_(None))
        columns = (outbox.c.digest_id, outbox.c.narrowings)
        query = select(*columns).where(is_own, or_(leads, outbox.c.lead_digest_id == lead_digest_id))
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(outbox.c.digest_id))).all()
        narrowings = next((row.narrowings for row in rows if row.digest_id == lead_digest_id), None)
        return [row.digest_id for row in rows], read_narrowings(narrowings or "")

    async def find_threads(self, address: Address, threads: Collection[str]) -> set[str]:
        """Which of these threads earlier deliveries to an address have opened."""
        query = (
            select(outbox.c.thread)
            .join(subscribers)
            .where(
                subscribers.c.platform == address.platform,
                subscribers.c.chat == address.chat,
                subscribers.c.thread == address.thread,
                outbox.c.thread.in_(threads),
            )
        )
        async with self._database.read() as connection:
            return set(await connection.scalars(query))

    async def find_received(self, subscriber_ids: Collection[int], digest_ids: Collection[int]) -> set[tuple[int, int]]:
        """Which of the subscribers received which of the digests."""
        query = select(outbox.c.subscriber_id, outbox.c.digest_id).where(
            outbox.c.subscriber_id.in_(subscriber_ids), outbox.c.state == DeliveryState.SENT.value
        )
        found: set[tuple[int, int]] = set()
        async with self._database.read() as connection:
            for chunk in _iter_chunks(digest_ids):
                rows = await connection.execute(query.where(outbox.c.digest_id.in_(chunk)))
                found |= {(row.subscriber_id, row.digest_id) for row in rows}
        return found


def _iter_chunks(ids: Collection[int]) -> Iterator[list[int]]:
    """The ids in as many as one query takes."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), _MAX_QUERIED):
        yield ordered[start : start + _MAX_QUERIED]


def _select_own(digest_ids: Collection[int]) -> Select[Any]:
    return (
        select(entries.c.digest_id, entries.c.paper_id, entries.c.version, digests.c.topic_id)
        .join(digests)
        .where(entries.c.digest_id.in_(digest_ids))
    )


def _select_public(paper_ids: Collection[int]) -> Select[Any]:
    return (
        select(entries.c.digest_id, entries.c.paper_id, entries.c.version, papers.c.arxiv_id)
        .add_columns(digests.c.topic_id, digests.c.date, topics.c.slug, topics.c.title)
        .select_from(entries.join(papers).join(digests, digests.c.id == entries.c.digest_id).join(topics))
        .where(entries.c.paper_id.in_(paper_ids), topics.c.expression.is_(None))
        .order_by(digests.c.date.desc())
    )


def _select_received_in_follows(subscriber_ids: Collection[int], paper_ids: Collection[int]) -> Select[Any]:
    """From what the chats were sent to the papers: what other chats follow costs nothing then."""
    not_by_index = entries.c.paper_id + 0  # else a database may start from all digests of a paper
    return (
        select(outbox.c.subscriber_id, entries.c.paper_id, entries.c.version, papers.c.arxiv_id)
        .add_columns(topics.c.slug, topics.c.title, digests.c.date)
        .select_from(outbox.join(digests).join(topics, topics.c.id == digests.c.topic_id))
        .join(entries, entries.c.digest_id == digests.c.id)
        .join(papers, papers.c.id == entries.c.paper_id)
        .where(outbox.c.subscriber_id.in_(subscriber_ids), outbox.c.state == DeliveryState.SENT.value)
        .where(topics.c.expression.is_not(None), not_by_index.in_(paper_ids))
        .order_by(digests.c.date.desc())
    )
