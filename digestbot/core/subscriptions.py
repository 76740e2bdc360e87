"""Subscribe, change, pause, forget."""

from __future__ import annotations

from dataclasses import replace

from digestbot.core.ports import Clock
from digestbot.core.schedule import next_due
from digestbot.domain.subscription import Address, Posts, Preferences, Schedule, Subscriber, Subscription
from digestbot.domain.topic import Topic
from digestbot.store import Store

BY_REQUEST = "by request"
"""Why a chat is paused that asked for it; any other reason is a platform's."""


class Subscriptions:
    """What a chat can do about what it receives."""

    def __init__(self, store: Store, clock: Clock, defaults: Preferences) -> None:
        self._store = store.subscribers
        self._clock = clock
        self._defaults = defaults

    async def who(self, address: Address) -> Subscriber | None:
        """The subscriber at an address; nothing is stored by asking."""
        return await self._store.find(address)

    async def known(
        self, address: Address, language: str, title: str = "", moderator: str = "", posts: Posts = Posts.PAGES
    ) -> Subscriber:
        """The subscriber at an address, stored from now on, with the chat's title and who set it up."""
        preferences = replace(self.preferences(language), posts=posts)
        return await self._store.add(address, preferences, title, moderator)

    async def wishes(self, address: Address, language: str) -> Preferences:
        """How the chat at an address wants to see things: its settings, or the defaults in its platform's language."""
        subscriber = await self.who(address)
        return subscriber.preferences if subscriber else self.preferences(language)

    def preferences(self, language: str) -> Preferences:
        """What holds for a chat that set nothing; ``language`` is what its platform says it speaks."""
        spoken = "zh" if language.lower().startswith("zh") else "en" if language else self._defaults.language
        return replace(self._defaults, language=spoken)

    async def subscribe(
        self, subscriber: Subscriber, topic: Topic, schedule: Schedule | None, *, instant: bool = False
    ) -> Subscription:
        """Tie a chat to a topic; without a ``schedule`` it follows the chat's own settings."""
        used = schedule or _following(subscriber.preferences)
        now = self._clock.now()
        await self._store.subscribe(
            subscriber.id,
            topic.slug,
            used,
            own=schedule is not None,
            instant=instant,
            next_due=next_due(used, now),
            now=now,
        )
        mine = await self.of(subscriber)
        return next(subscription for subscription in mine if subscription.topic.slug == topic.slug)

    async def unsubscribe(self, subscriber: Subscriber, topic: Topic) -> bool:
        """Untie; false when the chat was not subscribed."""
        return await self._store.unsubscribe(subscriber.id, topic.slug)

    async def of(self, subscriber: Subscriber) -> list[Subscription]:
        """The chat's subscriptions, each with its next time from now on."""
        now, found = self._clock.now(), await self._store.subscriptions(subscriber.id)
        return [replace(s, next_due=next_due(s.schedule, now)) if s.next_due <= now else s for s in found]

    async def change(self, subscriber: Subscriber, preferences: Preferences) -> None:
        """Change the chat's settings, and with them every subscription that follows them.

        A subscription with days and a time of its own keeps those, and moves with the timezone.
        """
        await self._store.change(subscriber.id, preferences)
        now = self._clock.now()
        changes = []
        for subscription in await self.of(subscriber):
            schedule = _following(preferences)
            if subscription.own:
                moved = subscription.schedule.timezone == subscriber.preferences.timezone
                zone = preferences.timezone if moved else subscription.schedule.timezone
                schedule = replace(subscription.schedule, timezone=zone)
            if schedule != subscription.schedule:  # what is due already must not be put off by another setting
                changes.append((subscription.id, schedule, next_due(schedule, now)))
        await self._store.reschedule(changes, now)

    async def pause(self, subscriber: Subscriber) -> None:
        """Deliver nothing until :meth:`resume`."""
        await self._store.pause(subscriber.id, BY_REQUEST)

    async def resume(self, subscriber: Subscriber) -> None:
        """Deliver again, from the next due time on."""
        await self._store.restart(subscriber.id, self._clock.now())

    async def forget(self, subscriber: Subscriber) -> None:
        """Delete all that is stored about the chat."""
        await self._store.forget(subscriber.id)

    async def stored(self, subscriber: Subscriber) -> dict[str, int]:
        """How much is stored about the chat, to say before forgetting."""
        return await self._store.counts(subscriber.id)


def _following(preferences: Preferences) -> Schedule:
    return Schedule(preferences.time, preferences.timezone, preferences.days)
