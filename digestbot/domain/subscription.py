"""Who receives, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from datetime import time as Time  # noqa: N812  (a field of the same name would hide the type)
from enum import StrEnum

from digestbot.domain.topic import Topic

EVERY_DAY = frozenset(range(7))


class Layout(StrEnum):
    """How much of each paper a delivered digest shows."""

    HEADLINES = "headlines"
    CARDS = "cards"
    FULL = "full"


class CardStyle(StrEnum):
    """The form of the cards, where a platform has two: its newest, or one that every client shows."""

    RICH = "rich"
    CLASSIC = "classic"


class PostMode(StrEnum):
    """How a delivered digest is posted, where a platform has threads.

    As pages of papers; as pages with a thread under them in which every paper is a message, to be discussed; or as a
    post of a forum, which is such a thread by itself.
    """

    PAGES = "pages"
    THREADS = "threads"
    FORUM = "forum"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a platform delivers: a chat, and the thread (forum topic) in it or an empty string."""

    platform: str
    chat: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Preferences:
    """A subscriber's own defaults. ``days`` are weekdays with Monday 0; ``time`` is local to ``timezone``.

    ``publish`` hands what is posted in an announcement channel on to the channels that follow it.
    """

    timezone: str = "UTC"
    time: Time = Time(8)
    days: frozenset[int] = EVERY_DAY
    language: str = "en"
    layout: Layout = Layout.CARDS
    card_style: CardStyle = CardStyle.RICH
    post_mode: PostMode = PostMode.PAGES
    publish: bool = False


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A chat that receives. ``pause_reason`` says why nothing is delivered; it is empty while something is.

    ``title`` is a group's or channel's name, and ``moderator_chat`` that of the person who set it up, who hears of
    trouble; both are empty for a person's own chat.
    """

    id: int
    address: Address
    preferences: Preferences
    pause_reason: str = ""
    title: str = ""
    moderator_chat: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a subscription is due: local time, IANA timezone and weekdays (Monday 0)."""

    time: Time
    timezone: str
    days: frozenset[int] = EVERY_DAY


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The moments of a schedule on both sides of a planning: the ``last`` up to then, and the ``upcoming`` one."""

    last: datetime
    upcoming: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscriber's tie to a topic.

    ``schedule`` is the one in force; ``has_own_schedule`` tells that it was set for this topic and does not follow the
    subscriber's preferences. ``instant`` subscriptions have no schedule of their own: they are due when a
    digest is loaded. ``next_due`` is in UTC.
    """

    id: int
    topic: Topic
    schedule: Schedule
    has_own_schedule: bool
    instant: bool
    next_due: datetime
