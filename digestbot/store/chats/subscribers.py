"""Subscribers and their subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.delivery import DeliveryState
from digestbot.domain.subscription import (
    Address,
    CardStyle,
    Layout,
    PostMode,
    Preferences,
    Schedule,
    Subscriber,
    Subscription,
    SubscriptionPlan,
)
from digestbot.errors import LimitReachedError
from digestbot.store.announcements.follows import lock_topics
from digestbot.store.bundles import drop_due
from digestbot.store.chats.chat_moves import move_chat
from digestbot.store.chats.quotas import move_uses
from digestbot.store.chats.subscription_rows import (
    delete_subscriptions,
    delete_unused_schedules,
    read_restart_columns,
    reschedule,
    select_subscriptions,
    to_schedule,
    to_subscription,
    write_restored,
    write_subscription,
)
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.papers.paper_questions import move_questions
from digestbot.store.tables import (
    callback_tokens,
    digests,
    outbox,
    saved_papers,
    schedules,
    subscribers,
    subscriptions,
    topics,
)

_WAITING_STATES = (DeliveryState.DUE, DeliveryState.BUNDLED, DeliveryState.DROPPED)
PlanSubscription = Callable[[Preferences, Subscription | None], SubscriptionPlan]
"""What a subscription is to be under the chat's preferences, by what it was."""
FindNewSchedules = Callable[[Preferences, Sequence[Subscription]], Sequence[tuple[int, Schedule, datetime]]]
"""Which of a chat's subscriptions get other schedules under its preferences, each with its next due time."""


class SubscriberStore:
    """Reads and writes subscribers and their subscriptions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, address: Address) -> Subscriber | None:
        """The subscriber at an address; ``None`` if nothing is stored about it."""
        query = select(subscribers).where(
            subscribers.c.platform == address.platform,
            subscribers.c.chat == address.chat,
            subscribers.c.thread == address.thread,
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return to_subscriber(row) if row else None

    async def get_or_create(
        self, address: Address, preferences: Preferences, title: str = "", moderator: str = ""
    ) -> Subscriber:
        """The subscriber at an address, created with these preferences if needed.

        A non-empty ``title`` or ``moderator`` replaces the stored one.
        """
        key = {"platform": address.platform, "chat": address.chat, "thread": address.thread, "pause_reason": ""}
        names = {"title": title, "moderator_chat": moderator}
        new_names = {name: value for name, value in names.items() if value}
        async with self._database.write() as connection:
            statement = insert_into(connection, subscribers).values(**key, **names, **_to_columns(asdict(preferences)))
            key_columns = ["platform", "chat", "thread"]
            await connection.execute(
                statement.on_conflict_do_update(index_elements=key_columns, set_=new_names)
                if new_names
                else statement.on_conflict_do_nothing()
            )
        subscriber = await self.find(address)
        assert subscriber is not None, "the row was just made"  # noqa: S101  # for the type checker
        return subscriber

    async def update_preferences(
        self, subscriber_id: int, changes: Mapping[str, Any], find_new_schedules: FindNewSchedules, now: datetime
    ) -> None:
        """Change some preferences by their fields, and the schedules that ``find_new_schedules`` says become others.

        Only these columns are written, and the schedules follow from all of them as they are then: two that change
        different ones at a time both get theirs.
        """
        statement = update(subscribers).where(subscribers.c.id == subscriber_id).values(**_to_columns(changes))
        query = select_subscriptions().where(subscriptions.c.subscriber_id == subscriber_id)
        async with self._database.write() as connection:
            row = (await connection.execute(statement.returning(*subscribers.c))).first()
            if row is None:
                return
            current = await read_sound_rows(connection, query, to_subscription, subscriptions.c.id)
            await reschedule(connection, find_new_schedules(to_subscriber(row).preferences, current), now)

    async def pause(self, subscriber_id: int, reason: str) -> bool:
        """Pause deliveries for a reason; false if already paused. An empty reason resumes them."""
        statement = update(subscribers).where(subscribers.c.id == subscriber_id)
        if reason:
            statement = statement.where(subscribers.c.pause_reason == "")
        values = {"pause_reason": reason, "resumes_at": None}
        async with self._database.write() as connection:
            return bool((await connection.execute(statement.values(**values))).rowcount)

    async def set_pause(self, subscriber_id: int, reason: str, resumes_at: datetime | None) -> None:
        """Pause deliveries for a reason until a time, or until they are resumed; whatever pause there was."""
        statement = update(subscribers).where(subscribers.c.id == subscriber_id)
        async with self._database.write() as connection:
            await connection.execute(statement.values(pause_reason=reason, resumes_at=resumes_at))

    async def pause_topics(self, subscriber_id: int, slugs: Collection[str], resumes_at: datetime | None) -> None:
        """Pause some topics, and drop their deliveries that are due."""
        topic_ids = select(topics.c.id).where(topics.c.slug.in_(slugs))
        is_meant = (subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.topic_id.in_(topic_ids))
        statement = update(subscriptions).where(*is_meant).values(is_paused=True, resumes_at=resumes_at)
        async with self._database.write() as connection:
            await drop_due(connection, subscriber_id, topic_ids)
            await connection.execute(statement)

    async def resume_topics(self, subscriber_id: int, slugs: Collection[str], now: datetime) -> None:
        """Resume some topics, starting with their next due times: what was missed comes then."""
        topic_ids = select(topics.c.id).where(topics.c.slug.in_(slugs))
        is_meant = (subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.topic_id.in_(topic_ids))
        async with self._database.write() as connection:
            values = {"is_paused": False, "resumes_at": None, **await read_restart_columns(connection, now)}
            await connection.execute(update(subscriptions).where(*is_meant).values(**values))

    async def pause_chat(self, platform: str, chat: str, reason: str) -> None:
        """Pause deliveries to every thread of a chat."""
        statement = update(subscribers).where(*_is_in_chat(platform, chat), subscribers.c.pause_reason == "")
        async with self._database.write() as connection:
            await connection.execute(statement.values(pause_reason=reason))

    async def rename(self, address: Address, title: str) -> None:
        """Set the title of the chat at an address, if it has one and that is another."""
        known = await self.find(address)
        if known and known.title not in ("", title):
            statement = update(subscribers).where(subscribers.c.id == known.id).values(title=title)
            async with self._database.write() as connection:
                await connection.execute(statement)

    async def mark_left(
        self, platform: str, chat: str, now: datetime, reason: str, thread: str | None = None
    ) -> list[Subscriber]:
        """Record that the bot left a chat, or that one of its threads is gone: pause deliveries and store the time.

        Returns those that were not paused before: nobody has been told of them.
        """
        conditions = [*_is_in_chat(platform, chat), subscribers.c.left_at.is_(None)]
        if thread is not None:
            conditions.append(subscribers.c.thread == thread)
        pause_reason = case((subscribers.c.pause_reason == "", reason), else_=subscribers.c.pause_reason)
        not_paused = select(subscribers).where(*conditions, subscribers.c.pause_reason == "")
        async with self._database.write() as connection:
            found = await read_sound_rows(connection, not_paused, to_subscriber, subscribers.c.id)
            statement = update(subscribers).where(*conditions)
            await connection.execute(statement.values(left_at=now, pause_reason=pause_reason))
        return found

    async def mark_returned(self, platform: str, chat: str, threads: Collection[str]) -> None:
        """Record that the bot is back in a chat, with its existing threads."""
        statement = update(subscribers).where(
            *_is_in_chat(platform, chat), subscribers.c.thread.in_(threads), subscribers.c.left_at.is_not(None)
        )
        async with self._database.write() as connection:
            await connection.execute(statement.values(left_at=None))

    async def prune_left(self, platform: str, before: datetime) -> int:
        """Delete everything stored about chats left before a given time; the number of chats."""
        statement = delete(subscribers).where(subscribers.c.platform == platform, subscribers.c.left_at < before)
        async with self._database.write() as connection:
            return int((await connection.execute(statement)).rowcount)

    async def list_chats_with_threads(self, platform: str) -> dict[str, bool]:
        """The chats with threads, and whether the bot is in them."""
        query = select(subscribers.c.chat, func.count() > func.count(subscribers.c.left_at)).group_by(
            subscribers.c.chat
        )
        with_threads = query.where(subscribers.c.platform == platform, subscribers.c.thread != "")
        async with self._database.read() as connection:
            return {chat: bool(there) for chat, there in await connection.execute(with_threads)}

    async def list_in_chat(self, platform: str, chat: str) -> list[Subscriber]:
        """The subscribers in a chat: the chat itself and its threads."""
        async with self._database.read() as connection:
            query = select(subscribers).where(*_is_in_chat(platform, chat))
            return await read_sound_rows(connection, query, to_subscriber, subscribers.c.id)

    async def list_moderated(self, platform: str, moderator: str) -> list[Subscriber]:
        """The chats set up by a person, by title."""
        conditions = (subscribers.c.platform == platform, subscribers.c.moderator_chat == moderator)
        async with self._database.read() as connection:
            query = select(subscribers).where(*conditions).order_by(subscribers.c.title)
            return await read_sound_rows(connection, query, to_subscriber, subscribers.c.id)

    async def migrate_chat(self, platform: str, chat: str, new_chat: str) -> None:
        """Move a chat's subscriptions to the chat that replaces it; existing data of the new chat takes precedence."""
        async with self._database.write() as connection:
            await move_uses(connection, platform, chat, new_chat)
            await move_questions(connection, platform, chat, new_chat)
            await move_chat(connection, platform, chat, new_chat)

    async def delete(self, subscriber_id: int) -> None:
        """Delete everything stored about the subscriber, including that they set up other chats."""
        identity = (
            select(subscribers.c.platform, subscribers.c.chat).where(subscribers.c.id == subscriber_id).subquery()
        )
        clear_moderator = update(subscribers).where(
            subscribers.c.platform == select(identity.c.platform).scalar_subquery(),
            subscribers.c.moderator_chat == select(identity.c.chat).scalar_subquery(),
        )
        owner = select(identity.c.platform + " " + identity.c.chat).scalar_subquery()
        async with self._database.write() as connection:
            await connection.execute(clear_moderator.values(moderator_chat=""))
            await connection.execute(delete(callback_tokens).where(callback_tokens.c.owner == owner))
            own_schedules = select(subscriptions.c.schedule_id).where(subscriptions.c.subscriber_id == subscriber_id)
            schedule_ids = (await connection.scalars(own_schedules)).all()
            await connection.execute(delete(subscribers).where(subscribers.c.id == subscriber_id))
            await delete_unused_schedules(connection, schedule_ids)

    # -- subscriptions ----------------------------------------------------------------------------------------

    async def list_subscriptions(self, subscriber_id: int) -> list[Subscription]:
        """The subscriber's subscriptions by topic."""
        query = select_subscriptions().where(subscriptions.c.subscriber_id == subscriber_id).order_by(topics.c.title)
        async with self._database.read() as connection:
            return await read_sound_rows(connection, query, to_subscription, subscriptions.c.id)

    async def subscribe(
        self,
        subscriber_id: int,
        slug: str,
        plan: PlanSubscription,
        *,
        now: datetime,
        limit: int | None = None,
        follow_limit: int | None = None,
        expression: str = "",
    ) -> None:
        """Subscribe to a topic, or change the subscription, which is not paused then.

        That of a follow is known by its ``expression`` too: it may have been deleted a moment ago.

        Raises :class:`~digestbot.errors.LimitReachedError` where there are so many other subscriptions, or so many
        others whose topics are follows.
        """
        async with self._database.write() as connection:
            query = select(subscribers).where(subscribers.c.id == subscriber_id).with_for_update(read=True)
            preferences = to_subscriber((await connection.execute(query)).one()).preferences
            topic_id = (await lock_topics(connection, {slug: expression})).get(slug)
            is_own = subscriptions.c.subscriber_id == subscriber_id
            others = select(func.count()).select_from(subscriptions)
            others = others.where(is_own, subscriptions.c.topic_id != topic_id)
            await check_limit(connection, others, limit)
            await check_limit(connection, others.join(topics).where(topics.c.expression.is_not(None)), follow_limit)
            found = select_subscriptions().where(is_own, subscriptions.c.topic_id == topic_id)
            before = await read_sound_rows(connection, found, to_subscription, subscriptions.c.id)
            earlier = select(subscriptions.c.schedule_id).where(is_own, subscriptions.c.topic_id == topic_id)
            earlier_ids = (await connection.scalars(earlier)).all()
            planned = plan(preferences, before[0] if before else None)
            await write_subscription(connection, subscriber_id, topic_id, planned, now)
            await delete_unused_schedules(connection, earlier_ids)

    async def unsubscribe(self, subscriber_id: int, *slugs: str) -> bool:
        """Unsubscribe and drop deliveries that are due; false if there were no such subscriptions."""
        topic_ids = select(topics.c.id).where(topics.c.slug.in_(slugs))
        async with self._database.write() as connection:
            await drop_due(connection, subscriber_id, topic_ids)
            return await delete_subscriptions(connection, subscriber_id, topic_ids)

    async def resume(self, subscriber_id: int, now: datetime) -> None:
        """Resume deliveries, starting with the schedules' next due times: what was missed comes then."""
        async with self._database.write() as connection:
            restart_subscriptions = update(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id)
            await connection.execute(restart_subscriptions.values(**await read_restart_columns(connection, now)))
            clear_pause = update(subscribers).where(subscribers.c.id == subscriber_id)
            await connection.execute(clear_pause.values(pause_reason="", resumes_at=None))

    async def restore(
        self,
        subscriber_id: int,
        before: Mapping[str, tuple[SubscriptionPlan, Mapping[str, Any]] | None],
        now: datetime,
        expressions: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Make a chat's subscriptions to some topics, by their slugs, what they were before: ``None`` was none.

        What was loaded meanwhile comes with the next delivery. A topic that there is no more is left out, but for
        follows, whose ``expressions`` are known by slug.
        """
        wanted = {slug: expressions.get(slug, "") if plan else "" for slug, plan in before.items()}
        async with self._database.write() as connection:
            ids = await lock_topics(connection, wanted)
            gone = [ids[slug] for slug, plan in before.items() if plan is None and slug in ids]
            await drop_due(connection, subscriber_id, gone)
            await delete_subscriptions(connection, subscriber_id, gone)
            kept = [slug for slug in ids if before[slug]]
            earlier = select(subscriptions.c.schedule_id).where(
                subscriptions.c.subscriber_id == subscriber_id,
                subscriptions.c.topic_id.in_([ids[slug] for slug in kept]),
            )
            earlier_ids = (await connection.scalars(earlier.distinct())).all()
            restored = [(ids[slug], plan) for slug in kept if (plan := before[slug])]
            await write_restored(connection, subscriber_id, restored, now)
            await delete_unused_schedules(connection, earlier_ids)

    async def read_since(self, subscriber_id: int) -> dict[str, datetime]:
        """Since when each of a chat's subscriptions exists, by the topic's slug."""
        query = select(topics.c.slug, subscriptions.c.since).join(topics)
        async with self._database.read() as connection:
            rows = await connection.execute(query.where(subscriptions.c.subscriber_id == subscriber_id))
            return {row.slug: row.since for row in rows}

    async def read_progress(self, subscriber_id: int) -> dict[str, tuple[date | None, date | None]]:
        """By the topics' slugs, the first date of the digests that wait to be delivered, and the last of the others.

        Only of follows. What is in flight does not wait.
        """
        is_waiting = outbox.c.state.in_([state.value for state in _WAITING_STATES])
        waiting = func.min(case((is_waiting, digests.c.date)), type_=Date())
        query = (
            select(topics.c.slug, waiting, func.max(case((~is_waiting, digests.c.date)), type_=Date()))
            .select_from(outbox.join(digests, digests.c.id == outbox.c.digest_id))
            .join(topics, topics.c.id == digests.c.topic_id)
            .where(outbox.c.subscriber_id == subscriber_id, topics.c.expression.is_not(None))
            .group_by(topics.c.slug)
        )
        async with self._database.read() as connection:
            return {row[0]: (row[1], row[2]) for row in await connection.execute(query)}

    async def find_unsound_schedules(self, check: Callable[[Schedule], object]) -> dict[int, str]:
        """The schedules that cannot be read, or for which ``check`` raises an error: the reasons by id."""
        columns = (schedules.c.id, schedules.c.time, schedules.c.timezone, schedules.c.days)
        is_used = select(subscriptions.c.id).where(subscriptions.c.schedule_id == schedules.c.id).exists()
        query = select(*columns).where(is_used).order_by(schedules.c.id)
        unsound: dict[int, str] = {}
        async with self._database.read() as connection:
            await read_sound_rows(connection, query, lambda row: check(to_schedule(row)), schedules.c.id, unsound)
        return unsound

    async def count_stored(self, subscriber_id: int) -> dict[str, int]:
        """Counts of what is stored about a subscriber: subscriptions, deliveries, saved papers."""
        is_own = subscriptions.c.subscriber_id == subscriber_id
        queries = {
            "subscriptions": select(func.count()).select_from(subscriptions).where(is_own),
            "deliveries": select(func.count()).select_from(outbox).where(outbox.c.subscriber_id == subscriber_id),
            "saved": select(func.count())
            .select_from(saved_papers)
            .where(saved_papers.c.subscriber_id == subscriber_id),
        }
        async with self._database.read() as connection:
            return {name: int((await connection.execute(query)).scalar_one()) for name, query in queries.items()}


def to_subscriber(row: Row[Any]) -> Subscriber:
    """Convert a row of ``subscribers``."""
    preferences = Preferences(
        row.timezone,
        row.time,
        frozenset(row.days),
        row.language,
        Layout(row.layout),
        CardStyle(row.card_style),
        PostMode(row.post_mode),
        row.publish,
        row.public_answers,
        row.quiet,
        row.mention_role,
        row.bundle,
    )
    address = Address(row.platform, row.chat, row.thread)
    return Subscriber(row.id, address, preferences, row.pause_reason, row.title, row.moderator_chat, row.resumes_at)


def _is_in_chat(platform: str, chat: str) -> tuple[ColumnElement[bool], ...]:
    return subscribers.c.platform == platform, subscribers.c.chat == chat


def _to_columns(preferences: Mapping[str, Any]) -> dict[str, Any]:
    """Preferences by their fields, as the columns of the same names."""
    columns = dict(preferences)
    if "days" in columns:
        columns["days"] = sorted(columns["days"])
    return {name: value.value if isinstance(value, StrEnum) else value for name, value in columns.items()}


async def check_limit(connection: AsyncConnection, count: Select[Any], limit: int | None) -> None:
    """Raise :class:`~digestbot.errors.LimitReachedError` where there are so many already."""
    if limit is not None and int(await connection.scalar(count) or 0) >= limit:
        raise LimitReachedError(limit)
