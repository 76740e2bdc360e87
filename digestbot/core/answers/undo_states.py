"""How a chat's preferences, subscriptions and pause were before a command, as JSON keeps them for undoing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from digestbot.core.schedule import find_next_due
from digestbot.domain.subscription import CardStyle, Layout, PostMode, Schedule, Subscription, SubscriptionPlan


def write_field(value: object) -> object:
    """A preference's value for JSON."""
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, time) else value


def read_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The preferences that were written, by name."""
    readers: dict[str, Any] = {"days": frozenset, "time": time.fromisoformat}
    return {name: readers.get(name, _FIELD_TYPES.get(name, str))(value) for name, value in values.items()}


_FIELD_TYPES: dict[str, Any] = {
    "layout": Layout,
    "card_style": CardStyle,
    "post_mode": PostMode,
    "publish": bool,
    "public_answers": bool,
    "quiet": bool,
    "bundle": bool,
}


def write_time(moment: datetime | None) -> str | None:
    """A moment for JSON."""
    return moment.isoformat() if moment else None


def _write_date(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def write_subscription(
    subscription: Subscription, since: datetime, delivered_from: date | None = None
) -> dict[str, Any]:
    """A subscription for JSON; ``delivered_from`` is the date of the first digest that it has not brought yet."""
    schedule = subscription.schedule
    return {
        "schedule": [schedule.time.isoformat(), schedule.timezone, sorted(schedule.days)],
        "own": [subscription.has_own_schedule, subscription.has_own_timezone],
        "instant": subscription.instant,
        "since": since.isoformat(),
        "starts_at": write_time(subscription.starts_at),
        "pause": [subscription.is_paused, write_time(subscription.resumes_at)],
        "label": subscription.label,
        "filter": subscription.filter,
        "expression": subscription.topic.expression,
        "delivered_from": _write_date(delivered_from),
        "shown_from": _write_date(subscription.shown_from),
    }


def read_subscription(values: Mapping[str, Any], now: datetime) -> tuple[SubscriptionPlan, dict[str, Any]]:
    """The plan of a subscription that was written, and what else was kept of it."""
    written, timezone, days = values["schedule"]
    schedule = Schedule(time.fromisoformat(written), timezone, frozenset(days))
    starts_at = max(_read_time(values["starts_at"]) or now, now)
    has_own_schedule, has_own_timezone = values["own"]
    next_due = _find_due(schedule, now)
    plan = SubscriptionPlan(schedule, next_due, has_own_schedule, has_own_timezone, values["instant"], starts_at)
    is_paused, resumes_at = read_pause_state(values["pause"], now)
    since = datetime.fromisoformat(values["since"])
    own: dict[str, Any] = {"label": values.get("label", ""), "filter": values.get("filter", "")}
    own |= {name: _read_date(values.get(name)) for name in ("delivered_from", "shown_from")}
    return plan, {"since": since, "is_paused": bool(is_paused), "resumes_at": resumes_at, **own}


def read_pause_state(written: Sequence[Any], now: datetime) -> tuple[str, datetime | None]:
    """Why a chat or topic was paused, and until when; nothing for a pause that would be over by now."""
    reason, resumes_at = written[0], _read_time(written[1])
    return ("", None) if resumes_at and resumes_at <= now else (reason, resumes_at)


def _find_due(schedule: Schedule, now: datetime) -> datetime:
    """The next due time of a schedule; now of one that cannot be planned any more."""
    try:
        return find_next_due(schedule, now)
    except ValueError:
        return now
