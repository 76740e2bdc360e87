"""From which day on a follow's digests are news to a chat: what came before was announced before it asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from digestbot.core.schedule import find_last_daily, find_occurrences
from digestbot.domain.arxiv.announcement_calendar import find_due_time, find_newest_day, find_next_day
from digestbot.domain.calendar import find_today
from digestbot.domain.subscription import Schedule, Subscription

if TYPE_CHECKING:
    from digestbot.domain.arxiv.announcement import AnnouncementDay

SHOWN_DAYS = 7
"""How many days are shown of what somebody just follows: those of the preview, whoever else follows it."""
_ONE_DAY, _A_MOMENT = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class TopicProgress:
    """The first date of a topic's digests that wait to be delivered to a chat, and the last one that it received."""

    waiting: date | None = None
    received: date | None = None


def find_shown_date(now: datetime) -> date:
    """The first date that is shown of what is followed from now on."""
    return find_today(now) - timedelta(days=SHOWN_DAYS - 1)


def find_first_date(schedule: Schedule, now: datetime, days: Sequence[AnnouncementDay], *, is_instant: bool) -> date:
    """The date of the first digest that a follow is to bring, if it begins now.

    That is what was announced since the schedule's last time of day, and the newest day if it is not all there yet.
    """
    newest = find_newest_day(now)
    first = find_next_day(find_newest_day(now if is_instant else find_last_daily(schedule, now)))
    is_settled = any(one.day == newest and one.state.is_settled for one in days)
    return first if is_settled else min(first, newest)


def find_undelivered_date(
    subscription: Subscription,
    progress: TopicProgress,
    days: Sequence[AnnouncementDay],
    now: datetime,
    *,
    is_paused: bool,
) -> date:
    """The date of the first digest that a follow has not brought yet; one that is in flight counts as brought."""
    began = subscription.delivered_from or find_newest_day(subscription.since or now)
    after_received = progress.received + _ONE_DAY if progress.received else began
    if is_paused:
        return max(began, after_received)
    last_time = now if subscription.instant else _find_last_time(subscription, now)
    first = max(find_next_day(find_newest_day(last_time)), after_received, began)
    late = (one.day for one in days if began <= one.day and find_due_time(one.day) <= last_time < _find_time(one, now))
    return min([first, *late, *([progress.waiting] if progress.waiting else [])])


def _find_last_time(subscription: Subscription, now: datetime) -> datetime:
    """The last time that a subscription took part in; now, of a schedule that cannot be planned any more."""
    try:
        last = find_occurrences(subscription.schedule, now).last
        has_part = subscription.starts_at is None or last > subscription.starts_at
        return last if has_part else find_occurrences(subscription.schedule, last - _A_MOMENT).last
    except ValueError:
        return now


def _find_time(day: AnnouncementDay, now: datetime) -> datetime:
    """When a day's digests were there, if they are: after now, if they are still to come."""
    if not day.state.is_settled or (day.completed_at and day.matched_at is None):
        return now + _ONE_DAY
    is_matched = day.matched_at and day.completed_at and day.matched_at >= day.completed_at
    return day.matched_at if is_matched and day.matched_at else find_due_time(day.day)
