"""When a chat's subscriptions are due: as it asks, changed by what it names, under its preferences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from digestbot.core.follows.follow_days import find_first_date, find_shown_date
from digestbot.core.schedule import find_next_due
from digestbot.domain.arxiv.announcement import AnnouncementDay
from digestbot.domain.subscription import (
    Preferences,
    Schedule,
    Subscription,
    SubscriptionPlan,
)
from digestbot.store.chats.subscribers import PlanSubscription


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """What somebody names of when a topic is to come; the rest stays as it is: ``None`` is not named.

    ``follows_chat``: whatever was the topic's own is the chat's again. ``starts_at``: nothing comes before.
    """

    time: time | None = None
    timezone: str | None = None
    days: frozenset[int] | None = None
    is_instant: bool = False
    follows_chat: bool = False
    starts_at: datetime | None = None

    @property
    def has_schedule(self) -> bool:
        """Whether anything of the schedule is named."""
        return not (self.time is None and self.timezone is None and self.days is None)


def start_from(columns: Mapping[str, Any], first: date) -> dict[str, Any]:
    """The columns of a subscription that brings nothing from before a date; of one that is no follow, as they are."""
    own: date | None = columns["delivered_from"]
    return {**columns, "delivered_from": max(own, first) if own else own}


def plan_follow(
    plan: PlanSubscription,
    now: datetime,
    days: Sequence[AnnouncementDay],
    preferences: Preferences,
    before: Subscription | None,
) -> SubscriptionPlan:
    """A follow's plan, with the days from which on it is delivered and shown, if it begins now."""
    planned = plan(preferences, before)
    first = find_first_date(planned.schedule, now, days, is_instant=planned.instant)
    return replace(planned, delivered_from=first, shown_from=find_shown_date(now))


def move_on(subscription: Subscription, now: datetime) -> Subscription:
    """The subscription with its next due time after now, and after it starts."""
    start = max(now, subscription.starts_at or now, subscription.resumes_at or now)
    if now < subscription.next_due and start <= now:
        return subscription
    return replace(subscription, next_due=_find_next_due(subscription, start))


def _find_next_due(subscription: Subscription, after: datetime) -> datetime:
    """The next due time, or the stored one of a schedule that cannot be planned: the chat can set another."""
    try:
        return find_next_due(subscription.schedule, after)
    except ValueError:
        return subscription.next_due


def find_new_schedules(
    now: datetime, named: ScheduleChange, preferences: Preferences, subscriptions: Sequence[Subscription]
) -> list[tuple[int, Schedule, datetime]]:
    """The subscriptions whose schedules become others with the chat's preferences, each with its next due time.

    Those with a schedule of their own take of it what is ``named``.
    """
    changes = []
    for subscription in subscriptions:
        own = _change_schedule(subscription.schedule, named) if subscription.has_own_schedule else None
        follows_timezone = not subscription.has_own_timezone or named.timezone is not None
        schedule, next_due = _fit_schedule(own, follows_timezone, now, preferences)
        if schedule != subscription.schedule:  # an unrelated setting must not postpone what is already due
            changes.append((subscription.id, schedule, next_due))
    return changes


def _change_schedule(schedule: Schedule, change: ScheduleChange) -> Schedule:
    """The schedule with what is named changed."""
    return Schedule(
        schedule.time if change.time is None else change.time,
        change.timezone or schedule.timezone,
        schedule.days if change.days is None else change.days,
    )


def plan_exactly(
    made: SubscriptionPlan,
    follows_timezone: bool,
    now: datetime,
    preferences: Preferences,
    before: Subscription | None,  # noqa: ARG001
) -> SubscriptionPlan:
    """The schedule as it is given; without one of its own, the chat's."""
    own = made.schedule if made.has_own_schedule else None
    schedule, next_due = _fit_schedule(own, follows_timezone, now, preferences)
    return replace(made, schedule=schedule, next_due=next_due)


def plan_change(
    change: ScheduleChange, now: datetime, preferences: Preferences, before: Subscription | None
) -> SubscriptionPlan:
    """What was, with what is named changed; what was never the topic's own follows the chat."""
    kept = None if change.follows_chat else before
    has_own = change.has_schedule or (kept is not None and kept.has_own_schedule)
    has_own_timezone = change.timezone is not None or (kept is not None and kept.has_own_timezone)
    current = kept.schedule if kept and kept.has_own_schedule else to_schedule(preferences)
    own = _change_schedule(current, change) if has_own else None
    schedule, next_due = _fit_schedule(own, not has_own_timezone, now, preferences)
    is_instant = change.is_instant or (kept is not None and kept.instant and not change.has_schedule)
    return SubscriptionPlan(schedule, next_due, has_own, has_own_timezone, is_instant, change.starts_at)


def _fit_schedule(
    own: Schedule | None, follows_timezone: bool, now: datetime, preferences: Preferences
) -> tuple[Schedule, datetime]:
    """A subscription's schedule under the chat's preferences, with its next due time."""
    schedule = own or to_schedule(preferences)
    if follows_timezone:
        schedule = replace(schedule, timezone=preferences.timezone)
    return schedule, find_next_due(schedule, now)


def to_schedule(preferences: Preferences) -> Schedule:
    """When the chat wants what has no time of its own."""
    return Schedule(preferences.time, preferences.timezone, preferences.days)
