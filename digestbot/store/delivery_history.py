"""What subscribers have already received, so that each paper is shown to them in full only once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, or_, select

from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import Address
from digestbot.store.engine import Database
from digestbot.store.sound_rows import read_sound_rows
from digestbot.store.tables import digests, entries, outbox, papers, subscribers, topics


@dataclass(frozen=True, slots=True)
class PriorDelivery:
    """The digest in which a subscriber already received a paper."""

    slug: str
    title: str
    date: date


SharedPapers = dict[int, dict[str, PriorDelivery]]
"""Digests of other topics that share papers with a digest: by the other digest's id, then by arXiv ID."""


class DeliveryHistory:
    """Looks up earlier deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_shared_papers(self, digest_ids: Collection[int]) -> dict[int, SharedPapers]:
        """For each digest, the other digests that show some of the same papers in the same or a newer version."""
        own_entries, own_digest = entries.alias("own_entries"), digests.alias("own_digest")
        query = (
            select(own_entries.c.digest_id, digests.c.id.label("other_id"), digests.c.date, papers.c.arxiv_id)
            .add_columns(topics.c.slug, topics.c.title)
            .select_from(own_entries.join(own_digest, own_digest.c.id == own_entries.c.digest_id))
            .join(entries, entries.c.paper_id == own_entries.c.paper_id)
            .join(digests, digests.c.id == entries.c.digest_id)
            .join(topics, topics.c.id == digests.c.topic_id)
            .join(papers, papers.c.id == own_entries.c.paper_id)
            .where(own_entries.c.digest_id.in_(digest_ids), digests.c.topic_id != own_digest.c.topic_id)
            .where(entries.c.version >= own_entries.c.version)  # an older version does not count as received
            .order_by(digests.c.date.desc())
        )
        shared: dict[int, SharedPapers] = {digest_id: {} for digest_id in digest_ids}
        async with self._database.read() as connection:
            for row in await read_sound_rows(connection, query, lambda row: row, entries.c.id):
                papers_by_id = shared[row.digest_id].setdefault(row.other_id, {})
                papers_by_id[row.arxiv_id] = PriorDelivery(row.slug, row.title, row.date)
        return shared

    async def find_delivered(self, subscriber_id: int, lead_digest_id: int) -> list[int]:
        """The digests of the message that a chat was sent, or is being sent, with this one as the lead."""
        is_own = outbox.c.subscriber_id == subscriber_id
        leads = and_(outbox.c.digest_id == lead_digest_id, outbox.c.lead_digest_id.is_(None))
        query = select(outbox.c.digest_id).where(is_own, or_(leads, outbox.c.lead_digest_id == lead_digest_id))
        async with self._database.read() as connection:
            return list(await connection.scalars(query.order_by(outbox.c.digest_id)))

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
            outbox.c.subscriber_id.in_(subscriber_ids),
            outbox.c.digest_id.in_(digest_ids),
            outbox.c.state == DeliveryState.SENT.value,
        )
        async with self._database.read() as connection:
            return {(row.subscriber_id, row.digest_id) for row in await connection.execute(query)}
