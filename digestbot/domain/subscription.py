"""Subscribers, their preferences and subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from enum import StrEnum
from typing import NamedTuple

from digestbot.domain.topic import Topic

EVERY_DAY = frozenset(range(7))


class Layout(StrEnum):
    """How much of each paper a delivered digest shows."""

    HEADLINES = "headlines"
    CARDS = "cards"
    FULL = "full"


class CardStyle(StrEnum):
    """The card style, on platforms with two: the newest features, or messages that every client can display.

    ``DEFAULT`` is the platform's own, for a chat that chose none.
    """

    DEFAULT = "default"
    RICH = "rich"
    CLASSIC = "classic"


class PostMode(StrEnum):
    """How a delivered digest is posted on platforms with threads.

    As pages; as pages with a thread that has one message per paper, for discussion; or as a forum post, which is
    such a thread itself.
    """

    PAGES = "pages"
    THREADS = "threads"
    FORUM = "forum"


@dataclass(frozen=True, slots=True)
class Address:
    """A delivery address: a platform's chat, and the thread (forum topic) in it or an empty string."""

    platform: str
    chat: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """A subscriber's preferences. ``days`` are weekdays with Monday 0; ``time`` is local to ``timezone``.

    ``publish`` publishes posts in an announcement channel to the channels that follow it. With ``public_answers``,
    everybody in a channel sees what one of them asks for, on platforms that can show it to that one alone. Digests come
    without a sound where the chat is ``quiet``, and call the people of the ``mention_role`` where there are roles.
    ``bundle``: what comes at one time is one message, a section a topic; without, each topic's is one of its own.
    """

    timezone: str = "UTC"
    time: Time = Time(8)
    days: frozenset[int] = EVERY_DAY
    language: str = "en"
    layout: Layout = Layout.CARDS
    card_style: CardStyle = CardStyle.DEFAULT
    post_mode: PostMode = PostMode.PAGES
    publish: bool = False
    public_answers: bool = False
    quiet: bool = False
    mention_role: str = ""
    bundle: bool = True


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A chat that receives digests. ``pause_reason`` is empty unless deliveries are paused.

    ``resumes_at`` is when the pause ends by itself. ``title`` is the name of a group or channel, and
    ``moderator_chat`` the private chat of the person who set it up, who is notified of problems; both are empty for
    private chats.
    """

    id: int
    address: Address
    preferences: Preferences
    pause_reason: str = ""
    title: str = ""
    moderator_chat: str = ""
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The schedule of a subscription: local time, IANA timezone and weekdays (Monday 0)."""

    time: Time
    timezone: str
    days: frozenset[int] = EVERY_DAY


class Occurrences(NamedTuple):
    """The scheduled times around a moment: the ``last`` one up to then, and the ``upcoming`` one."""

    last: datetime
    upcoming: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription to a topic.

    ``schedule`` is the one in effect; ``has_own_schedule`` means that it was set for this topic and does not follow
    the subscriber's preferences; its timezone does, unless ``has_own_timezone``. ``instant`` subscriptions have no
    schedule of their own: they are due when a digest is loaded. ``next_due`` is in UTC; times up to ``starts_at`` do
    not apply. ``is_paused``: the topic alone is, until ``resumes_at`` or until somebody resumes it. ``label`` is what
    the chat calls the topic, which is its title here then; ``filter``, the expression that its papers have to match;
    ``since``, when it began. Of a follow, digests of days before ``delivered_from`` are not delivered, and those before
    ``shown_from`` are not shown.
    """

    id: int
    topic: Topic
    schedule: Schedule
    has_own_schedule: bool
    has_own_timezone: bool
    instant: bool
    next_due: datetime
    starts_at: datetime | None = None
    is_paused: bool = False
    resumes_at: datetime | None = None
    label: str = ""
    filter: str = ""
    since: datetime | None = None
    delivered_from: date | None = None
    shown_from: date | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionPlan:
    """What a subscription is to be: see :class:`Subscription`. ``starts_at`` is ``None`` where it is not to change; the
    dates are those of a new one.
    """

    schedule: Schedule
    next_due: datetime
    has_own_schedule: bool = False
    has_own_timezone: bool = False
    instant: bool = False
    starts_at: datetime | None = None
    delivered_from: date | None = None
    shown_from: date | None = None
