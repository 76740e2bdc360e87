"""The outbox: planned, claimed and sent deliveries.

Rows are unique by subscriber and digest, so planning is idempotent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.calendar import find_today
from digestbot.domain.delivery import Delivery, DeliveryState, OutboxUpdate
from digestbot.domain.subscription import (
    Address,
    CardStyle,
    Layout,
    PostMode,
    Preferences,
    Subscriber,
)
from digestbot.store.bundles import drop_orphans, end_bundles, select_bundles, settle_bundles
from digestbot.store.database.engine import Database
from digestbot.store.database.sound_rows import read_sound_rows, report_unreadable
from digestbot.store.deliveries.planning import FindOccurrences, plan_due, plan_newest
from digestbot.store.deliveries.planning_queries import PlanningPolicy, find_first_date
from digestbot.store.tables import digests, outbox, subscribers

_OTHER_FIELDS = {"id", "claim_number", "has_bundle", "splits_bundle", "narrowings"}
_UPDATE_COLUMNS = [field.name for field in fields(OutboxUpdate) if field.name not in _OTHER_FIELDS]
_SENT_COLUMNS = ("state", "available_at", "reason", "ended_at")
"""What a sent row changes: with fewer columns, more rows share one statement."""


_REPAIRED_ROWS = 1_000_000
"""Only so many of the newest rows are searched for lost ones: the outbox may have hundreds of millions."""
_MAX_WAIT = timedelta(days=7)
"""No platform asks to wait as long."""

__all__ = ["Outbox", "PlanningPolicy"]


class Outbox:
    """Plans, claims and updates deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- planning ---------------------------------------------------------------------------------------------

    async def plan(self, now: datetime, find_occurrences: FindOccurrences, policy: PlanningPolicy) -> int:
        """Plan all that is due and advance the schedules, in one transaction; the number of deliveries.

        A subscription whose scheduled time has come gets every digest since its last delivery, in one; a new one gets
        the newest. An instant subscription gets a digest as soon as it is loaded. ``find_occurrences`` gives a
        schedule's times around a moment. Processes that plan at the same time wait for each other.
        """
        async with self._database.write() as connection:
            return await plan_due(connection, now, find_occurrences, policy)

    async def plan_now(self, subscriber_id: int, now: datetime) -> int:
        """Plan the newest digests of one subscriber's topics as due now; the number of rows."""
        async with self._database.write() as connection:
            return await plan_newest(connection, subscriber_id, now)

    # -- claiming ---------------------------------------------------------------------------------------------

    async def claim(
        self,
        platform: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        state: DeliveryState = DeliveryState.SENDING,
        *,
        except_ids: Sequence[int] = (),
    ) -> list[Delivery]:
        """Claim a platform's free rows, the longest waiting first: due rows, and rows whose lease expired.

        They become ``sending``. With the state ``due`` they are only reserved, until each is started by its own
        update. Rows that another process is claiming at the same time are skipped, and those of ``except_ids``.
        """
        pick = (
            select(outbox.c.id)
            .where(outbox.c.platform == platform, outbox.c.available_at <= now)
            .where(*([outbox.c.id.not_in(except_ids)] if except_ids else []))
            .order_by(outbox.c.available_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("pick")
        )
        statement = (
            update(outbox)
            .where(outbox.c.id.in_(select(pick.c.id)))
            .values(
                state=state.value,
                available_at=now + lease,
                attempts=outbox.c.attempts + 1,
                claim_number=outbox.c.claim_number + 1,
            )
            .returning(outbox.c.id)
        )
        async with self._database.write() as connection:
            ids = (await connection.scalars(statement)).all()
            return await _read_claimed(connection, ids, now) if ids else []

    async def apply_updates(self, updates: Sequence[OutboxUpdate]) -> set[int]:
        """Apply the updates of claimed rows, all in one transaction; the ids of the rows that took them.

        A row that has ended, or was claimed again since, takes none. Rows that change alike share one statement, and
        most do: one statement per row takes three times as long.
        """
        groups: dict[tuple[Any, ...], list[OutboxUpdate]] = {}
        for change in sorted(updates, key=attrgetter("id")):
            groups.setdefault((change.claim_number, *_list_new_values(change).values()), []).append(change)
        updated: set[int] = set()
        async with self._database.write() as connection:
            for changes in groups.values():
                held = _is_held([change.id for change in changes], changes[0].claim_number)
                statement = update(outbox).where(held).values(_list_new_values(changes[0]))
                updated.update(await connection.scalars(statement.returning(outbox.c.id)))
            await settle_bundles(connection, [change for change in updates if change.id in updated])
        return updated

    async def renew_leases(self, claims: Collection[tuple[int, int]], lease_until: datetime) -> set[int]:
        """Extend the leases of claimed rows, each an id with its claim number; the ids of those that were extended.

        Rows that ended, were claimed again, or were postponed beyond that time are not.
        """
        by_number: dict[int, list[int]] = {}
        for id_, claim_number in sorted(claims):
            by_number.setdefault(claim_number, []).append(id_)
        renewed: set[int] = set()
        async with self._database.write() as connection:
            for claim_number, ids in by_number.items():
                statement = update(outbox).where(_is_held(ids, claim_number), outbox.c.available_at < lease_until)
                extended = statement.values(available_at=lease_until).returning(outbox.c.id)
                renewed.update(await connection.scalars(extended))
        return renewed

    async def reclaim(self, platform: str, now: datetime) -> int:
        """Free the rows that the platform's previous sender left ``sending``; the number of rows. For its successor."""
        was_sending = and_(outbox.c.platform == platform, outbox.c.state == DeliveryState.SENDING.value)
        statement = update(outbox).where(was_sending, outbox.c.available_at.is_not(None)).values(available_at=now)
        async with self._database.write() as connection:
            return int((await connection.execute(statement)).rowcount)

    async def fail_ambiguous(self, platform: str, now: datetime, reason: str, *, except_ids: Sequence[int] = ()) -> int:
        """Fail the platform's rows with expired leases, since they may have been delivered; the number of rows.

        Those of ``except_ids`` are left as they are.
        """
        has_expired = and_(outbox.c.state == DeliveryState.SENDING.value, outbox.c.available_at <= now)
        statement = update(outbox).where(has_expired, outbox.c.platform == platform)
        statement = statement.where(outbox.c.id.not_in(except_ids)) if except_ids else statement
        failed = {"state": DeliveryState.FAILED.value, "available_at": None, "reason": reason, "ended_at": now}
        async with self._database.write() as connection:
            ids = (await connection.scalars(statement.values(**failed).returning(outbox.c.id))).all()
            await end_bundles(connection, ids)
        return len(ids)

    async def prune(self, before: datetime, limit: int, now: datetime) -> int:
        """Delete deliveries that ended before a given time, up to ``limit`` at once; the number of rows.

        Deliveries of a topic's newest digest, and of those that may be delivered late, are kept, since they prevent
        them from being sent again.
        """
        other = digests.alias("other")
        is_same_topic = (other.c.topic_id == digests.c.topic_id, other.c.date <= find_today(now))
        newest = select(func.max(other.c.date)).where(*is_same_topic).scalar_subquery()
        is_old = (digests.c.date < newest, digests.c.date < find_first_date(find_today(now)))
        old_digests = select(digests.c.id).where(digests.c.loaded_at < before, *is_old)
        has_ended = (outbox.c.available_at.is_(None), outbox.c.ended_at < before)
        prunable = select(outbox.c.id).where(outbox.c.digest_id.in_(old_digests), *has_ended).limit(limit)
        async with self._database.write() as connection:
            return int((await connection.execute(delete(outbox).where(outbox.c.id.in_(prunable)))).rowcount)

    async def drop_orphans(self, now: datetime) -> int:
        """Drop what can never be claimed, to be planned again; the number of rows.

        Its lead is no more, or its row says no time, or one far in the future.
        """
        newest_id = select(func.max(outbox.c.id)).scalar_subquery()
        is_recent = outbox.c.id > newest_id - _REPAIRED_ROWS
        is_waiting = outbox.c.state.in_((DeliveryState.DUE.value, DeliveryState.SENDING.value))
        is_lost = or_(outbox.c.available_at.is_(None), outbox.c.available_at > now + _MAX_WAIT)
        statement = update(outbox).where(is_recent, is_waiting, is_lost)
        values = {"state": "dropped", "available_at": None, "ended_at": now, "reason": "its row said no time"}
        async with self._database.write() as connection:
            lost = (await connection.execute(statement.values(**values))).rowcount
            return int(lost) + await drop_orphans(connection, now)


# -- the statements -------------------------------------------------------------------------------------------


def _is_held(ids: Sequence[int], claim_number: int) -> ColumnElement[bool]:
    """Whether a row is one of these and still that claim's: it has not ended, and was not claimed again."""
    return and_(outbox.c.id.in_(ids), outbox.c.claim_number == claim_number, outbox.c.available_at.is_not(None))


def _list_new_values(change: OutboxUpdate) -> dict[str, Any]:
    """The columns that an update changes."""
    columns = _SENT_COLUMNS if change.state is DeliveryState.SENT else _UPDATE_COLUMNS
    values = {name: getattr(change, name) for name in columns}
    return values | {"narrowings": change.narrowings} if change.narrowings else values


async def _read_claimed(connection: AsyncConnection, ids: Sequence[int], now: datetime) -> list[Delivery]:
    """The claimed deliveries. Rows that cannot be read fail."""
    bundles = await _read_bundles(connection, ids)
    unreadable: dict[int, str] = {}

    def convert(row: Row[Any]) -> Delivery:
        return _to_delivery(row, bundles)

    found = await read_sound_rows(connection, _select_claimed(ids), convert, outbox.c.id, unreadable)
    for id_ in set(ids) - {delivery.id for delivery in found} - unreadable.keys():
        unreadable[id_] = "its chat is not there"
        report_unreadable(outbox.c.id, id_, unreadable[id_])
    for id_, reason in unreadable.items():
        failed = {"state": DeliveryState.FAILED.value, "available_at": None, "ended_at": now, "due_at": now}
        statement = update(outbox).where(outbox.c.id == id_)
        await connection.execute(statement.values(**failed, reason=f"its row cannot be read: {reason}"))
    return found


_Bundles = Mapping[int, Sequence[tuple[int, int]]]
"""By the id of a lead's row, the digests that come with it, each with the number of older ones."""


async def _read_bundles(connection: AsyncConnection, lead_ids: Sequence[int]) -> _Bundles:
    """What is bundled with these rows."""
    bundles: dict[int, list[tuple[int, int]]] = {}
    for lead_id, digest_id, older_count in await connection.execute(select_bundles(lead_ids)) if lead_ids else ():
        bundles.setdefault(lead_id, []).append((digest_id, int(older_count)))
    return bundles


def _to_delivery(row: Row[Any], bundles: _Bundles) -> Delivery:
    id_, digest_id, attempts, due_at, parts_sent, thread, reason, *rest = tuple(row)
    claim_number, older_count, narrowings, *subscriber_columns = rest
    subscriber_id, platform, chat, chat_thread, pause_reason, title, moderator_chat, mention_role, *display = (
        subscriber_columns
    )
    address = Address(platform, chat, chat_thread)
    preferences = _to_preferences(*display, mention_role=mention_role)
    subscriber = Subscriber(subscriber_id, address, preferences, pause_reason, title, moderator_chat)
    bundled = sorted(bundles.get(id_, ()))
    older_counts = tuple(one for one in ((digest_id, int(older_count)), *bundled) if one[1])
    progress = (attempts, due_at, int(parts_sent), thread, reason, claim_number)
    bundled_ids = tuple(one for one, _ in bundled)
    return Delivery(id_, subscriber, digest_id, *progress, bundled_ids, older_counts, narrowings or "")


@lru_cache(maxsize=1024)
def _to_preferences(
    language: str, layout: str, card_style: str, post_mode: str, *switches: bool, mention_role: str
) -> Preferences:
    """The display preferences of a delivery; its timing comes from its schedule and is not read again."""
    publish, quiet = switches
    return Preferences(
        language=language,
        layout=Layout(layout),
        card_style=CardStyle(card_style),
        post_mode=PostMode(post_mode),
        publish=publish,
        quiet=quiet,
        mention_role=mention_role,
    )


def _select_claimed(ids: Sequence[int]) -> Select[Any]:
    """Claimed rows with their subscribers' data; a subscriber's topics in the order in which they were loaded."""
    own_columns = ("attempts", "due_at", "parts_sent", "thread", "reason", "claim_number", "older_count", "narrowings")
    outbox_columns = ("id", "digest_id", *own_columns)
    subscriber_columns = ("id", "platform", "chat", "thread", "pause_reason", "title", "moderator_chat", "mention_role")
    preference_columns = ("language", "layout", "card_style", "post_mode", "publish", "quiet")
    return (
        select(
            *(outbox.c[name] for name in outbox_columns),
            *(subscribers.c[name] for name in (*subscriber_columns, *preference_columns)),
        )
        .select_from(outbox.join(subscribers))
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.due_at, outbox.c.subscriber_id, outbox.c.digest_id)
    )
