"""The outbox: what is due, claimed, sent. A row is unique by subscription and digest, so planning twice plans once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, literal, or_, select, update

from digestbot.domain.delivery import Delivery, DeliveryState
from digestbot.store.engine import Database, insert
from digestbot.store.subscribers import subscriber_of
from digestbot.store.tables import digests, entries, outbox, papers, subscribers, subscriptions, topics


@dataclass(frozen=True, slots=True)
class Earlier:
    """Where a subscriber already received a paper."""

    slug: str
    title: str
    date: date


class Outbox:
    """Plans, claims and marks deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def plan(self, now: datetime, next_due: Mapping[int, datetime]) -> int:
        """Plan what is due, and move the due subscriptions on, in one transaction; how many rows were planned.

        A subscription that is due gets its topic's newest digest, unless it had that one or a later one: what
        was missed comes as one digest. An instant one gets it as soon as it is loaded. ``next_due`` holds the
        coming time of every subscription whose time has come.
        """
        planned, before, other = outbox.alias("planned"), digests.alias("before"), digests.alias("other")
        had = (
            select(literal(1))
            .select_from(planned.join(before, before.c.id == planned.c.digest_id))
            .where(planned.c.subscription_id == subscriptions.c.id, before.c.date >= digests.c.date)
        )
        newest = select(func.max(other.c.date)).where(other.c.topic_id == subscriptions.c.topic_id).scalar_subquery()
        scheduled = and_(subscriptions.c.instant.is_(False), subscriptions.c.next_due <= now)
        instant = and_(subscriptions.c.instant.is_(True), digests.c.loaded_at > subscriptions.c.since)
        rows = (
            select(
                subscriptions.c.id,
                digests.c.id,
                literal(DeliveryState.DUE.value),
                literal(now, outbox.c.due_at.type),
                literal(0),
                literal(""),
            )
            .select_from(subscriptions.join(subscribers).join(digests, digests.c.topic_id == subscriptions.c.topic_id))
            .where(subscribers.c.paused == "", or_(scheduled, instant), digests.c.date == newest, ~had.exists())
        )
        columns = ["subscription_id", "digest_id", "state", "due_at", "attempts", "reason"]
        async with self._database.write() as connection:
            statement = insert(connection, outbox).from_select(columns, rows).on_conflict_do_nothing()
            number = (await connection.execute(statement)).rowcount
            if next_due:
                moved = update(subscriptions).where(subscriptions.c.id == bindparam("moved"))
                rows_moved = [{"moved": key, "next_due": moment} for key, moment in next_due.items()]
                await connection.execute(moved.values(next_due=bindparam("next_due")), rows_moved)
        return max(number, 0)

    async def claim(self, platforms: Sequence[str], now: datetime, lease: timedelta, most: int) -> list[Delivery]:
        """Take rows that are due, or whose lease ran out, for the platforms that can send: they are ``sending`` now."""
        due = and_(outbox.c.state == DeliveryState.DUE.value, outbox.c.due_at <= now)
        ran_out = and_(outbox.c.state == DeliveryState.SENDING.value, outbox.c.lease_until < now)
        ids: list[int] = []
        async with self._database.write() as connection:
            for free in (due, ran_out):  # one after the other, so that each is found by its index, in order
                if len(ids) < most:
                    taken = _taking(free, platforms, now + lease, most - len(ids))
                    ids.extend((await connection.scalars(taken)).all())
            query = (
                select(outbox.c.id.label("delivery_id"), outbox.c.digest_id, outbox.c.attempts)
                .add_columns(outbox.c.parts, outbox.c.thread.label("opened"), *subscribers.c)
                .select_from(outbox.join(subscriptions).join(subscribers))
                .where(outbox.c.id.in_(ids))
                .order_by(outbox.c.due_at, outbox.c.id)
            )
            found = await connection.execute(query) if ids else ()
            return [
                Delivery(r.delivery_id, subscriber_of(r), r.digest_id, r.attempts, r.parts, r.opened) for r in found
            ]

    async def sent(self, ids: Sequence[int], now: datetime) -> None:
        """Mark rows as sent."""
        await self._mark(ids, state=DeliveryState.SENT.value, lease_until=None, sent_at=now, reason="")

    async def part_sent(self, delivery_id: int, parts: int, thread: str, lease_until: datetime) -> None:
        """Note how many parts of a row are out, the thread that the rest goes in, and that it is on its way."""
        await self._mark([delivery_id], parts=parts, thread=thread, lease_until=lease_until)

    async def renew(self, ids: Sequence[int], lease_until: datetime) -> None:
        """Keep claimed rows for longer, where they are still claimed."""
        async with self._database.write() as connection:
            claimed = and_(outbox.c.id.in_(ids), outbox.c.state == DeliveryState.SENDING.value)
            await connection.execute(update(outbox).where(claimed).values(lease_until=lease_until))

    async def failed(self, delivery_id: int, reason: str) -> None:
        """Give a row up, with the platform's words."""
        await self._mark([delivery_id], state=DeliveryState.FAILED.value, lease_until=None, reason=reason)

    async def again(self, delivery_id: int, due_at: datetime, reason: str) -> None:
        """Try a row again later."""
        await self._mark([delivery_id], state=DeliveryState.DUE.value, due_at=due_at, lease_until=None, reason=reason)

    async def release(self, ids: Sequence[int]) -> None:
        """Hand back claimed rows that were not begun: the claim is no attempt."""
        released = {"state": DeliveryState.DUE.value, "lease_until": None, "attempts": outbox.c.attempts - 1}
        await self._mark(ids, **released)

    async def fail_ambiguous(self, platforms: Sequence[str], now: datetime, reason: str) -> int:
        """Give up the platforms' rows whose lease ran out, since they may have arrived; how many there were."""
        chats = select(subscriptions.c.id).join(subscribers).where(subscribers.c.platform.in_(platforms))
        ran_out = and_(outbox.c.state == DeliveryState.SENDING.value, outbox.c.lease_until < now)
        given_up = update(outbox).where(ran_out, outbox.c.subscription_id.in_(chats))
        async with self._database.write() as connection:
            failed = {"state": DeliveryState.FAILED.value, "lease_until": None, "reason": reason}
            return int((await connection.execute(given_up.values(**failed))).rowcount)

    async def received(self, deliveries: Sequence[Delivery]) -> dict[int, dict[str, Earlier]]:
        """What each delivery's subscriber already received under another topic: by delivery, by arXiv number."""
        shared = await self._shared({delivery.digest_id for delivery in deliveries})
        others = {other for papers_ in shared.values() for other in papers_}
        if not others:
            return {}
        theirs = await self._sent_to({delivery.subscriber.id for delivery in deliveries}, others)
        found: dict[int, dict[str, Earlier]] = {}
        for delivery in deliveries:
            for other, by_number in shared.get(delivery.digest_id, {}).items():
                if (delivery.subscriber.id, other) in theirs:
                    found.setdefault(delivery.id, {}).update(by_number)
        return found

    async def _shared(self, digest_ids: Collection[int]) -> dict[int, dict[int, dict[str, Earlier]]]:
        """Digests of other topics that show some of the same papers: by digest, by the other, by arXiv number."""
        mine, my_digest = entries.alias("mine"), digests.alias("my_digest")
        query = (
            select(mine.c.digest_id.label("mine"), digests.c.id.label("other"), digests.c.date, papers.c.arxiv_id)
            .add_columns(topics.c.slug, topics.c.title)
            .select_from(mine.join(my_digest, my_digest.c.id == mine.c.digest_id))
            .join(entries, entries.c.paper_id == mine.c.paper_id)
            .join(digests, digests.c.id == entries.c.digest_id)
            .join(topics, topics.c.id == digests.c.topic_id)
            .join(papers, papers.c.id == mine.c.paper_id)
            .where(mine.c.digest_id.in_(digest_ids), digests.c.topic_id != my_digest.c.topic_id)
            .order_by(digests.c.date.desc())
        )
        found: dict[int, dict[int, dict[str, Earlier]]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(query):
                its = found.setdefault(row.mine, {}).setdefault(row.other, {})
                its[row.arxiv_id] = Earlier(row.slug, row.title, row.date)
        return found

    async def _sent_to(self, subscriber_ids: Collection[int], digest_ids: Collection[int]) -> set[tuple[int, int]]:
        """Which of the subscribers got which of the digests."""
        query = (
            select(subscriptions.c.subscriber_id, outbox.c.digest_id)
            .select_from(subscriptions.join(outbox, outbox.c.subscription_id == subscriptions.c.id))
            .where(
                subscriptions.c.subscriber_id.in_(subscriber_ids),
                outbox.c.digest_id.in_(digest_ids),
                outbox.c.state == DeliveryState.SENT.value,
            )
        )
        async with self._database.read() as connection:
            return {(row.subscriber_id, row.digest_id) for row in await connection.execute(query)}

    async def _mark(self, ids: Sequence[int], **values: object) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))


def _taking(free: ColumnElement[bool], platforms: Sequence[str], lease_until: datetime, most: int) -> Any:  # noqa: ANN401
    """The statement that claims free rows and gives their ids."""
    pick = (
        select(outbox.c.id)
        .select_from(outbox.join(subscriptions).join(subscribers))
        .where(free, subscribers.c.platform.in_(platforms), subscribers.c.paused == "")
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=outbox)
        .cte("pick")
    )
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(pick.c.id)))
        .values(state=DeliveryState.SENDING.value, lease_until=lease_until, attempts=outbox.c.attempts + 1)
        .returning(outbox.c.id)
    )
