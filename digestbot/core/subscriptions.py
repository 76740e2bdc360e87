"""Subscribe, change, pause, forget."""

from __future__ import annotations

from dataclasses import replace

from digestbot.core.ports import Clock
from digestbot.core.schedule import find_next_due
from digestbot.domain.subscription import Address, PostMode, Preferences, Schedule, Subscriber, Subscription
from digestbot.domain.topic import Topic
from digestbot.store import Store

PAUSED_BY_REQUEST = "by request"
"""Why a chat is paused that asked for it; any other reason is a platform's."""


class SubscriptionService:
    """What a chat can do about what it receives."""

    def __init__(self, store: Store, clock: Clock, defaults: Preferences) -> None:
        self._store = store.subscribers
        self._clock = clock
        self._defaults = defaults

    async def find(self, address: Address) -> Subscriber | None:
        """The subscriber at an address; nothing is stored by asking."""
        return await self._store.find(address)

    async def get_or_create(
        self,
        address: Address,
        language: str,
        title: str = "",
        moderator_chat: str = "",
        post_mode: PostMode = PostMode.PAGES,
    ) -> Subscriber:
        """The subscriber at an address, stored from now on, with the chat's title and who set it up."""
        preferences = replace(self.default_preferences(language), post_mode=post_mode)
        return await self._store.get_or_create(address, preferences, title, moderator_chat)

    async def preferences_for(self, address: Address, language: str) -> Preferences:
        """How the chat at an address wants to see things: its settings, or the defaults in its platform's language."""
        subscriber = await self.find(address)
        return subscriber.preferences if subscriber else self.default_preferences(language)

    def default_preferences(self, language: str) -> Preferences:
        """What holds for a chat that set nothing; ``language`` is what its platform says it speaks."""
        supported = "zh" if language.lower().startswith("zh") else "en" if language else self._defaults.language
        return replace(self._defaults, language=supported)

    async def subscribe(
        self, subscriber: Subscriber, topic: Topic, schedule: Schedule | None, *, instant: bool = False
    ) -> Subscription:
        """Tie a chat to a topic; without a ``schedule`` it follows the chat's own settings."""
        effective = schedule or _to_schedule(subscriber.preferences)
        now = self._clock.now()
        await self._store.subscribe(
            subscriber.id,
            topic.slug,
            effective,
            has_own_schedule=schedule is not None,
            is_instant=instant,
            next_due=find_next_due(effective, now),
            now=now,
        )
        subscriptions = await self.list_for(subscriber)
        return next(subscription for subscription in subscriptions if subscription.topic.slug == topic.slug)

    async def unsubscribe(self, subscriber: Subscriber, topic: Topic) -> bool:
        """Untie; false when the chat was not subscribed."""
        return await self._store.unsubscribe(subscriber.id, topic.slug)

    async def list_for(self, subscriber: Subscriber) -> list[Subscription]:
        """The chat's subscriptions, each with its next time from now on."""
        now, subscriptions = self._clock.now(), await self._store.list_subscriptions(subscriber.id)
        return [
            replace(subscription, next_due=find_next_due(subscription.schedule, now))
            if subscription.next_due <= now
            else subscription
            for subscription in subscriptions
        ]

    async def update_preferences(self, subscriber: Subscriber, preferences: Preferences) -> None:
        """Change the chat's settings, and with them every subscription that follows them.

        A subscription with days and a time of its own keeps those, and moves with the timezone.
        """
        await self._store.set_preferences(subscriber.id, preferences)
        now = self._clock.now()
        changes = []
        for subscription in await self.list_for(subscriber):
            schedule = _to_schedule(preferences)
            if subscription.has_own_schedule:
                follows_timezone = subscription.schedule.timezone == subscriber.preferences.timezone
                timezone = preferences.timezone if follows_timezone else subscription.schedule.timezone
                schedule = replace(subscription.schedule, timezone=timezone)
            if schedule != subscription.schedule:  # what is due already must not be put off by another setting
                changes.append((subscription.id, schedule, find_next_due(schedule, now)))
        await self._store.reschedule(changes, now)

    async def pause(self, subscriber: Subscriber) -> None:
        """Deliver nothing until :meth:`resume`."""
        await self._store.pause(subscriber.id, PAUSED_BY_REQUEST)

    async def resume(self, subscriber: Subscriber) -> None:
        """Deliver again, from the next due time on."""
        await self._store.resume(subscriber.id, self._clock.now())

    async def delete_subscriber(self, subscriber: Subscriber) -> None:
        """Delete all that is stored about the chat."""
        await self._store.delete(subscriber.id)

    async def count_stored(self, subscriber: Subscriber) -> dict[str, int]:
        """How much is stored about the chat, to say before forgetting."""
        return await self._store.count_stored(subscriber.id)


def _to_schedule(preferences: Preferences) -> Schedule:
    return Schedule(preferences.time, preferences.timezone, preferences.days)
