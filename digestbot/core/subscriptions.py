"""Subscriptions: subscribe, change, pause, delete."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from digestbot.core.answers.undo_states import (
    read_fields,
    read_pause_state,
    read_subscription,
    write_field,
    write_subscription,
    write_time,
)
from digestbot.core.follows.follow_days import TopicProgress, find_shown_date, find_undelivered_date
from digestbot.core.follows.follow_service import FollowService
from digestbot.core.papers.saved_library import SavedLibrary
from digestbot.core.ports import Clock
from digestbot.core.subscription_plans import (
    ScheduleChange,
    find_new_schedules,
    move_on,
    plan_change,
    plan_exactly,
    plan_follow,
    start_from,
    to_schedule,
)
from digestbot.core.topic_names import name_topic
from digestbot.domain.arxiv.announcement import MISSED_DAYS, AnnouncementDay
from digestbot.domain.calendar import find_today
from digestbot.domain.subscription import (
    Address,
    PostMode,
    Preferences,
    Schedule,
    Subscriber,
    Subscription,
    SubscriptionPlan,
)
from digestbot.domain.topic import Topic
from digestbot.errors import CommandError, LimitReachedError
from digestbot.store import Store
from digestbot.store.chats.subscribers import PlanSubscription

Restored = tuple[SubscriptionPlan, Mapping[str, Any]]
"""What a subscription was, and its other columns."""
MAX_SUBSCRIPTIONS = 200
"""How many topics one chat may be subscribed to."""
MAX_FOLLOWS = 50
"""How many of them may be follows, unless the operator says otherwise."""
PAUSED_BY_REQUEST = "by request"
"""The pause reason of chats that asked for it; any other reason comes from a platform."""


class SubscriptionService:
    """Manages what a chat receives."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        defaults: Preferences,
        follows: FollowService,
        *,
        follow_limit: int = MAX_FOLLOWS,
    ) -> None:
        self._follow_limit = follow_limit
        self._whole_store, self._store = store, store.subscribers
        self._follows, self._followed = follows, store.followed_topics
        self._told_problems = store.told_problems
        self._undo_steps = store.undo_steps
        self._saved = SavedLibrary(store, clock)
        self._clock = clock
        self._defaults = defaults

    def now(self) -> datetime:
        """The moment at which what is asked now is answered."""
        return self._clock.now()

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
        follows_timezone = not has_own_timezone and schedule and schedule.timezone == subscriber.preferences.timezone
        now, known = self._clock.now(), schedule or to_schedule(subscriber.preferences)
        made = SubscriptionPlan(known, now, schedule is not None, has_own_timezone, instant)
        plan = partial(plan_exactly, made, bool(follows_timezone), now)
        return await self._subscribe(subscriber, topic, plan)

    async def change_subscription(
        self, subscriber: Subscriber, topic: Topic, change: ScheduleChange, *, has_digests: bool = True
    ) -> Subscription:
        """Subscribe a chat to a topic, or change what is named of its subscription.

        Without ``has_digests``, those of a follow's last days are left to :meth:`build_digests`.
        Raises :class:`CommandError` if it has too many subscriptions.
        """
        plan = partial(plan_change, change, self._clock.now())
        return await self._subscribe(subscriber, topic, plan, has_digests=has_digests)

    async def build_digests(self, subscriber: Subscriber, expressions: Sequence[str]) -> None:
        """Write the digests of the last days of what a chat just began to follow."""
        await self._follows.build_recent_digests(subscriber.id, expressions)

    async def _subscribe(
        self, subscriber: Subscriber, topic: Topic, plan: PlanSubscription, *, has_digests: bool = True
    ) -> Subscription:
        now = self._clock.now()
        if topic.expression:
            plan = partial(plan_follow, plan, now, await self._list_recent_days())
        try:
            limits = {"limit": MAX_SUBSCRIPTIONS, "follow_limit": self._follow_limit if topic.expression else None}
            await self._store.subscribe(subscriber.id, topic.slug, plan, now=now, **limits, expression=topic.expression)
        except LimitReachedError as error:
            is_of_follows = topic.expression and error.limit == self._follow_limit
            key, example = (
                ("too_many_follows", "follows") if is_of_follows else ("too_many_subscriptions", "subscriptions")
            )
            raise CommandError(key, example, limit=error.limit) from None
        if topic.expression and has_digests:
            await self.build_digests(subscriber, [topic.expression])
        subscriptions = await self.list_for(subscriber)
        return next(subscription for subscription in subscriptions if subscription.topic.slug == topic.slug)

    async def replace_topic(self, subscriber: Subscriber, old: Topic, new: Topic) -> dict[str, Any]:
        """Let a topic take the place of another, with its schedule, pause, name and filter: what was before."""
        state = await self.read_state(subscriber, slugs=[old.slug, new.slug])
        now = self._clock.now()
        plan, own = read_subscription(state["topics"][old.slug], now)
        kept = plan, own | {"shown_from": find_shown_date(now)}
        await self._store.restore(subscriber.id, {old.slug: None, new.slug: kept}, now, {new.slug: new.expression})
        await self._follows.build_recent_digests(subscriber.id, [new.expression])
        return state

    async def _list_recent_days(self) -> list[AnnouncementDay]:
        """How far the announcements are of the days that a delivery may still bring."""
        return await self._whole_store.announcements.list_days(find_today(self._clock.now()) - MISSED_DAYS)

    async def unsubscribe(self, subscriber: Subscriber, *topics: Topic) -> bool:
        """Unsubscribe; false if the chat was not subscribed."""
        return await self._store.unsubscribe(subscriber.id, *(topic.slug for topic in topics))

    async def list_for(self, subscriber: Subscriber) -> list[Subscription]:
        """The chat's subscriptions, each with its next due time from now on."""
        now, subscriptions = self._clock.now(), await self._store.list_subscriptions(subscriber.id)
        language = subscriber.preferences.language
        return [move_on(_name_subscription(subscription, language), now) for subscription in subscriptions]

    async def update_preferences(
        self,
        subscriber: Subscriber,
        *,
        is_everywhere: bool = False,
        starts_at: datetime | None = None,
        **changes: Any,  # noqa: ANN401  (each field's)
    ) -> None:
        """Change some of the chat's preferences, by their fields, and every subscription that follows them.

        The others stay as they are now, whatever ``subscriber`` says: somebody else may be changing those. A
        subscription with its own days and time keeps those, and follows a change of timezone unless it has its own:
        with ``is_everywhere``, it takes what changes. Schedules that change hold from ``starts_at`` on.
        """
        now = self._clock.now()
        named = ScheduleChange(changes.get("time"), changes.get("timezone"), changes.get("days"))
        find_new = partial(find_new_schedules, now, named if is_everywhere else ScheduleChange())
        await self._store.update_preferences(subscriber.id, changes, find_new, starts_at or now)

    async def note_told(self, subscriber: Subscriber, reason: str) -> None:
        """Note that the chat's moderator was just told of a problem, so that it is not told of again at once."""
        await self._told_problems.record(subscriber.id, reason, self._clock.now(), timedelta(0))

    async def pause(self, subscriber: Subscriber, resumes_at: datetime | None = None) -> None:
        """Stop deliveries until a time, or until :meth:`resume`."""
        await self._store.set_pause(subscriber.id, PAUSED_BY_REQUEST, resumes_at)

    async def resume(self, subscriber: Subscriber) -> None:
        """Resume deliveries, starting with the next due time."""
        await self._store.resume(subscriber.id, self._clock.now())

    async def pause_topics(
        self, subscriber: Subscriber, topics: Sequence[Topic], resumes_at: datetime | None = None
    ) -> None:
        """Stop the deliveries of some topics until a time, or until :meth:`resume_topics`."""
        await self._store.pause_topics(subscriber.id, [topic.slug for topic in topics], resumes_at)

    async def resume_topics(self, subscriber: Subscriber, topics: Sequence[Topic]) -> None:
        """Resume the deliveries of some topics, starting with their next due times."""
        await self._store.resume_topics(subscriber.id, [topic.slug for topic in topics], self._clock.now())

    # -- undo ---------------------------------------------------------------------------------------------------

    async def keep_step(self, subscriber: Subscriber, state: Mapping[str, Any]) -> str:
        """Keep what was before a command changed it, as :meth:`read_state` read it: the step's token."""
        return await self._undo_steps.add(subscriber.id, state, self._clock.now())

    async def read_state(
        self,
        subscriber: Subscriber,
        *,
        fields: Collection[str] = (),
        slugs: Collection[str] = (),
        with_pause: bool = False,
        with_mutes: bool = False,
    ) -> dict[str, Any]:
        """How some preferences, topics, the pause and the mutes are now, as :meth:`undo` reads it."""
        state: dict[str, Any] = {}
        if with_mutes:
            state["mutes"] = list(await self._followed.get_mutes(subscriber.id))
        if fields:
            state["preferences"] = {name: write_field(getattr(subscriber.preferences, name)) for name in fields}
        if with_pause:
            state["pause"] = [subscriber.pause_reason, write_time(subscriber.resumes_at)]
        if slugs:
            state["topics"] = await self._read_topics(subscriber, slugs)
        return state

    async def _read_topics(self, subscriber: Subscriber, slugs: Collection[str]) -> dict[str, Any]:
        since = await self._store.read_since(subscriber.id)
        known = {one.topic.slug: one for one in await self._store.list_subscriptions(subscriber.id)}
        kept = [known[slug] for slug in slugs if slug in known and slug in since]
        undelivered = await self._find_undelivered_dates(subscriber, kept)
        written = {
            one.topic.slug: write_subscription(one, since[one.topic.slug], undelivered.get(one.topic.slug))
            for one in kept
        }
        return {slug: written.get(slug) for slug in slugs}

    async def _find_undelivered_dates(
        self, subscriber: Subscriber, subscriptions: Sequence[Subscription]
    ) -> dict[str, date]:
        """The dates of the first digests that follows have not brought yet, by the topics' slugs."""
        follows = [one for one in subscriptions if one.topic.expression]
        if not follows:
            return {}
        now, days = self._clock.now(), await self._list_recent_days()
        progress = await self._store.read_progress(subscriber.id)
        return {
            one.topic.slug: find_undelivered_date(
                one,
                TopicProgress(*progress.get(one.topic.slug, ())),
                days,
                now,
                is_paused=one.is_paused or bool(subscriber.pause_reason),
            )
            for one in follows
        }

    async def undo(self, subscriber: Subscriber, token: str = "", only: str = "") -> dict[str, Any] | None:
        """Make what a command changed as it was before: what that was; ``None`` if there is nothing to undo.

        With ``only``, nothing but a change of that is undone. A pause that would be over by now is none. Raises
        :class:`CommandError` if the chat would have too many subscriptions, or the person too many saved papers.
        """
        found = await self._undo_steps.find(subscriber.id, token)
        if found is None or (only and set(found[1]) != {only}):
            return None
        state, now = found[1], self._clock.now()
        fields = read_fields(state.get("preferences", {}))
        topics = state.get("topics", {}).items()
        before = {slug: read_subscription(one, now) if one else None for slug, one in topics}
        await self._check_room(subscriber, before)
        restored = await self._go_on_from(subscriber, before)
        if "saved" in state:
            await self._saved.restore(subscriber, state["saved"])
        if not await self._undo_steps.remove(subscriber.id, found[0]):
            return None
        if fields:
            await self.update_preferences(subscriber, **fields)
        if "pause" in state:
            await self._restore_pause(subscriber, *read_pause_state(state["pause"], now))
        if "mutes" in state:
            await self._followed.set_mutes(subscriber.id, state["mutes"])
        if before:
            expressions = {slug: one.get("expression") or "" for slug, one in topics if one}
            await self._store.restore(subscriber.id, restored, now, expressions)
            await self._follows.build_recent_digests(subscriber.id, filter(None, expressions.values()))
        return state

    async def _go_on_from(
        self, subscriber: Subscriber, before: Mapping[str, Restored | None]
    ) -> dict[str, Restored | None]:
        """What was before; a follow that comes back in the place of another goes on from where that one is."""
        known = {one.topic.slug: one for one in await self._store.list_subscriptions(subscriber.id)}
        leaving = [known[slug] for slug, one in before.items() if one is None and slug in known]
        dates = await self._find_undelivered_dates(subscriber, leaving)
        if not dates:
            return dict(before)
        first = min(dates.values())
        return {slug: (one[0], start_from(one[1], first)) if one else None for slug, one in before.items()}

    async def _restore_pause(self, subscriber: Subscriber, reason: str, resumes_at: datetime | None) -> None:
        if reason:
            await self._store.set_pause(subscriber.id, reason, resumes_at)
        elif subscriber.pause_reason:
            await self._store.resume(subscriber.id, self._clock.now())

    async def _check_room(self, subscriber: Subscriber, before: Mapping[str, object]) -> None:
        """Raise :class:`CommandError` where a chat would have too many subscriptions with these as they were before."""
        now = {one.topic.slug for one in await self._store.list_subscriptions(subscriber.id)}
        after = now - before.keys() | {slug for slug, one in before.items() if one}
        if len(after) > max(MAX_SUBSCRIPTIONS, len(now)):
            raise CommandError("too_many_subscriptions", "subscriptions", limit=MAX_SUBSCRIPTIONS)

    async def delete_subscriber(self, subscriber: Subscriber) -> None:
        """Delete everything stored about the chat, and the follows that it alone had."""
        await self._store.delete(subscriber.id)
        await self._follows.prune()

    async def count_stored(self, subscriber: Subscriber) -> dict[str, int]:
        """Counts of what is stored about the chat, to show before deleting it."""
        return await self._store.count_stored(subscriber.id)


def _name_subscription(subscription: Subscription, language: str) -> Subscription:
    """The subscription under the name that the chat knows its topic by."""
    return replace(subscription, topic=name_topic(subscription.topic, language, subscription.label))
