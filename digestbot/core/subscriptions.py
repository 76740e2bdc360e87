"""Subscriptions: subscribe, change, pause, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from digestbot.core.ports import Clock
from digestbot.core.schedule import find_next_due
from digestbot.domain.subscription import Address, PostMode, Preferences, Schedule, Subscriber, Subscription
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError, LimitReachedError
from digestbot.store import Store

MAX_SUBSCRIPTIONS = 200
"""How many topics one chat may be subscribed to."""
PAUSED_BY_REQUEST = "by request"
"""The pause reason of chats that asked for it; any other reason comes from a platform."""


class SubscriptionService:
    """Manages what a chat receives."""

    def __init__(self, store: Store, clock: Clock, defaults: Preferences) -> None:
        self._store = store.subscribers
        self._told_problems = store.told_problems
        self._clock = clock
        self._defaults = defaults

    async def find(self, address: Address) -> Subscriber | None:
        """The subscriber at an address; looking it up stores nothing."""
        return await self._store.find(address)

    async def list_in_chat(self, address: Address) -> list[Subscriber]:
        """The subscribers in the chat of an address: the chat itself and its threads."""
        return await self._store.list_in_chat(address.platform, address.chat)

    async def get_or_create(
        self,
        address: Address,
        language: str,
        title: str = "",
        moderator_chat: str = "",
        post_mode: PostMode = PostMode.PAGES,
    ) -> Subscriber:
        """The subscriber at an address, created if needed, with the chat's title and the person who set it up."""
        preferences = replace(self.default_preferences(language), post_mode=post_mode)
        return await self._store.get_or_create(address, preferences, title, moderator_chat)

    async def preferences_for(self, address: Address, language: str) -> Preferences:
        """The preferences of the chat at an address, or the defaults in the given language."""
        subscriber = await self.find(address)
        return subscriber.preferences if subscriber else self.default_preferences(language)

    def default_preferences(self, language: str) -> Preferences:
        """The defaults for a chat without settings; ``language`` is the one reported by its platform."""
        supported = "zh" if language.lower().startswith("zh") else "en" if language else self._defaults.language
        return replace(self._defaults, language=supported)

    async def subscribe(
        self,
        subscriber: Subscriber,
        topic: Topic,
        schedule: Schedule | None,
        *,
        has_own_timezone: bool = False,
        instant: bool = False,
    ) -> Subscription:
        """Subscribe a chat to a topic; without a ``schedule``, the chat's own preferences apply.

        The schedule's timezone follows a change of the chat's, unless it ``has_own_timezone``.
        Raises :class:`CommandError` if it has too many subscriptions.
        """
        now = self._clock.now()
        follows_timezone = not has_own_timezone and schedule and schedule.timezone == subscriber.preferences.timezone
        try:
            await self._store.subscribe(
                subscriber.id,
                topic.slug,
                partial(_fit_schedule, schedule, bool(follows_timezone), now),
                has_own_schedule=schedule is not None,
                has_own_timezone=has_own_timezone,
                is_instant=instant,
                now=now,
                limit=MAX_SUBSCRIPTIONS,
            )
        except LimitReachedError as error:
            raise CommandError("too_many_subscriptions", "subscriptions", limit=error.limit) from None
        subscriptions = await self.list_for(subscriber)
        return next(subscription for subscription in subscriptions if subscription.topic.slug == topic.slug)

    async def unsubscribe(self, subscriber: Subscriber, topic: Topic) -> bool:
        """Unsubscribe; false if the chat was not subscribed."""
        return await self._store.unsubscribe(subscriber.id, topic.slug)

    async def list_for(self, subscriber: Subscriber) -> list[Subscription]:
        """The chat's subscriptions, each with its next due time from now on."""
        now, subscriptions = self._clock.now(), await self._store.list_subscriptions(subscriber.id)
        return [
            replace(subscription, next_due=_find_next_due(subscription, now))
            if subscription.next_due <= now
            else subscription
            for subscription in subscriptions
        ]

    async def update_preferences(self, subscriber: Subscriber, **changes: Any) -> None:  # noqa: ANN401  (each field's)
        """Change some of the chat's preferences, by their fields, and every subscription that follows them.

        The others stay as they are now, whatever ``subscriber`` says: somebody else may be changing those. A
        subscription with its own days and time keeps those, and follows a change of timezone unless it has its own.
        """
        now = self._clock.now()
        await self._store.update_preferences(subscriber.id, changes, partial(_find_new_schedules, now), now)

    async def note_told(self, subscriber: Subscriber, reason: str) -> None:
        """Note that the chat's moderator was just told of a problem, so that it is not told of again at once."""
        await self._told_problems.record(subscriber.id, reason, self._clock.now(), timedelta(0))

    async def pause(self, subscriber: Subscriber) -> None:
        """Stop deliveries until :meth:`resume`."""
        await self._store.pause(subscriber.id, PAUSED_BY_REQUEST)

    async def resume(self, subscriber: Subscriber) -> None:
        """Resume deliveries, starting with the next due time."""
        await self._store.resume(subscriber.id, self._clock.now())

    async def delete_subscriber(self, subscriber: Subscriber) -> None:
        """Delete everything stored about the chat."""
        await self._store.delete(subscriber.id)

    async def count_stored(self, subscriber: Subscriber) -> dict[str, int]:
        """Counts of what is stored about the chat, to show before deleting it."""
        return await self._store.count_stored(subscriber.id)


def _find_next_due(subscription: Subscription, now: datetime) -> datetime:
    """The next due time, or the stored one of a schedule that cannot be planned: the chat can set another."""
    try:
        return find_next_due(subscription.schedule, now)
    except ValueError:
        return subscription.next_due


def _find_new_schedules(
    now: datetime, preferences: Preferences, subscriptions: Sequence[Subscription]
) -> list[tuple[int, Schedule, datetime]]:
    """The subscriptions whose schedules become others with the chat's preferences, each with its next due time."""
    changes = []
    for subscription in subscriptions:
        own = subscription.schedule if subscription.has_own_schedule else None
        schedule, next_due = _fit_schedule(own, not subscription.has_own_timezone, now, preferences)
        if schedule != subscription.schedule:  # an unrelated setting must not postpone what is already due
            changes.append((subscription.id, schedule, next_due))
    return changes


def _fit_schedule(
    own: Schedule | None, follows_timezone: bool, now: datetime, preferences: Preferences
) -> tuple[Schedule, datetime]:
    """A subscription's schedule under the chat's preferences, with its next due time."""
    schedule = own or _to_schedule(preferences)
    if follows_timezone:
        schedule = replace(schedule, timezone=preferences.timezone)
    return schedule, find_next_due(schedule, now)


def _to_schedule(preferences: Preferences) -> Schedule:
    return Schedule(preferences.time, preferences.timezone, preferences.days)
