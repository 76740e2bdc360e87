"""Receiving: /topics, /subscribe, /subscriptions, /unsubscribe, /pause, /resume, /forgetme."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands import words
from digestbot.core.commands.command import Request
from digestbot.domain.subscription import EVERY_DAY, Schedule, Subscription
from digestbot.domain.topic import find_topic
from digestbot.errors import CommandError


async def topics(request: Request) -> Card:
    """Every topic, with how much there is of it and whether it is received."""
    shelves = await request.library.shelves()
    if not shelves:
        return replies.said(request.say("topics.title"), request.say("topics.none"))
    mine = await request.subscriptions.of(request.subscriber) if request.subscriber else []
    slugs = {subscription.topic.slug for subscription in mine}
    rows: list[replies.Row] = []
    for shelf in shelves:
        about = request.say("topics.empty")
        if shelf.newest:
            key = "topics.line_one" if shelf.digests == 1 else "topics.line"
            about = request.say(key, digests=shelf.digests, newest=shelf.newest.isoformat())
        received = shelf.topic.slug in slugs
        command = "unsubscribe" if received else "subscribe"
        button = request.button(
            command, f"{command} {shelf.topic.slug}", stays=True, on=received, topic=shelf.topic.title
        )
        rows.append(
            (
                shelf.topic.title,
                about + (f" · {request.say('topics.subscribed')}" if received else ""),
                button,
            )
        )
    paused = _paused(request)
    buttons = [request.button("resume", "resume", stays=True)] if paused else []
    return replace(replies.listed(request.say("topics.title"), rows, paused, buttons=buttons), command="topics")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What followed the topic in /subscribe."""

    schedule: Schedule
    own: bool = False
    instant: bool = False


async def subscribe(request: Request) -> Card:
    """``/subscribe TOPIC [TIME] [TIMEZONE] [DAYS]``, or ``instant`` in the place of the rest."""
    name, options = await _split_topic(request)
    topic = await request.topic(name, "subscribe")
    preferences = request.preferences
    wanted = _Wanted(Schedule(preferences.time, preferences.timezone, preferences.days))
    for option in options:
        wanted = _with_option(wanted, option, topic.slug)
    subscriber = await request.known()
    made = await request.subscriptions.subscribe(
        subscriber, topic, wanted.schedule if wanted.own else None, instant=wanted.instant
    )
    buttons = [
        request.button("latest", f"latest {topic.slug}"),
        request.button("undo", f"unsubscribe {topic.slug}"),
    ]
    text = request.say("subscribed.instant")
    if not made.instant:
        text = request.say("subscribed.daily", **described(request, made))
    return replies.said(request.say("subscribed.title", topic=topic.title), text, _paused(request), buttons=buttons)


async def _split_topic(request: Request) -> tuple[str, tuple[str, ...]]:
    """The longest run of words from the first that names a topic, and the options after it."""
    known = [shelf.topic for shelf in await request.library.shelves()]
    for end in range(len(request.words), 0, -1):
        name = " ".join(request.words[:end])
        if find_topic(name, known).topic:
            return name, request.words[end:]
    is_option = [_is_option(word) for word in request.words]
    end = next((i for i, option in enumerate(is_option) if option and i), len(request.words))
    return " ".join(request.words[:end]), request.words[end:]


def _is_option(word: str) -> bool:
    return words.looks_like_time(word) or words.is_timezone(word) or words.is_weekdays(word) or _is_instant(word)


def _is_instant(word: str) -> bool:
    return word.casefold() in ("instant", "instantly", "now", "立即", "即时")


def _with_option(wanted: _Wanted, option: str, slug: str) -> _Wanted:
    works = (f"subscribe {slug} 08:00 Europe/Berlin mon-fri",)
    if _is_instant(option):
        return replace(wanted, instant=True)
    if words.is_weekdays(option):
        return replace(wanted, own=True, schedule=replace(wanted.schedule, days=words.weekdays(option)))
    try:
        if words.looks_like_time(option):
            return replace(wanted, own=True, schedule=replace(wanted.schedule, time=words.time_of_day(option)))
        zone = words.timezone(option)
    except CommandError as error:
        key = "not_a_time" if error.key == "not_a_time" else "not_a_timezone" if "/" in option else "not_understood"
        raise CommandError(key, *works, text=option) from None
    return replace(wanted, own=True, schedule=replace(wanted.schedule, timezone=zone))


async def subscriptions(request: Request) -> Card:
    """What the chat receives, and when."""
    mine = await request.subscriptions.of(request.subscriber) if request.subscriber else []
    title = request.say("subscriptions.title")
    if not mine:
        button = request.button("topics", "topics")
        return replies.said(title, request.say("subscriptions.none"), buttons=[button])
    rows: list[replies.Row] = []
    for s in mine:
        about = request.say("subscriptions.instant")
        if not s.instant:
            about = request.say("subscriptions.line", **described(request, s))
        button = request.button("unsubscribe", f"unsubscribe {s.topic.slug}", topic=s.topic.title)
        rows.append((s.topic.title, about, button))
    paused = _paused(request)
    return replies.listed(title, rows, paused, buttons=[request.button("resume", "resume")] if paused else [])


def _paused(request: Request) -> str:
    reason = request.subscriber.paused if request.subscriber else ""
    return request.say("subscriptions.paused", reason=reason) if reason else ""


async def unsubscribe(request: Request) -> Card:
    """Receive a topic no more."""
    topic = await request.topic(request.text, "unsubscribe")
    mine = await request.subscriptions.of(request.subscriber) if request.subscriber else []
    before = next((s for s in mine if s.topic.slug == topic.slug), None)
    if before is None or request.subscriber is None:
        button = request.button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        return replies.said("", request.say("unsubscribe.not", topic=topic.title), buttons=[button])
    await request.subscriptions.unsubscribe(request.subscriber, topic)
    undo = request.button("undo", f"subscribe {topic.slug}{_options_of(before)}")
    return replies.said("", request.say("unsubscribed", topic=topic.title), buttons=[undo])


def _options_of(subscription: Subscription) -> str:
    """The options that make the same subscription again."""
    if subscription.instant:
        return " instant"
    if not subscription.own:
        return ""
    schedule = subscription.schedule
    return f" {schedule.time:%H:%M} {schedule.timezone} {day_words(schedule.days)}"


async def pause(request: Request) -> Card:
    """Deliver nothing for a while."""
    subscriber = await request.known()
    if subscriber.paused:
        return replies.said("", request.say("paused.already"), buttons=[request.button("resume", "resume")])
    await request.subscriptions.pause(subscriber)
    return replies.said("", request.say("paused"), buttons=[request.button("resume", "resume")])


async def resume(request: Request) -> Card:
    """Deliver again."""
    if request.subscriber is None or not request.subscriber.paused:
        return replies.said("", request.say("resumed.already"))
    await request.subscriptions.resume(request.subscriber)
    mine = [s for s in await request.subscriptions.of(request.subscriber) if not s.instant]
    coming = min(mine, key=lambda s: s.next_due, default=None)
    following = ""
    if coming:
        following = request.say("resumed.next", topic=coming.topic.title, **described(request, coming))
    return replies.said("", request.say("resumed"), following)


async def forgetme(request: Request) -> Card:
    """Delete all that is stored about the chat, after asking."""
    subscriber = request.subscriber
    if subscriber is None:
        return replies.said("", request.say("forgetme.nothing"))
    if request.text.casefold() != "yes":
        counts = await request.subscriptions.stored(subscriber)
        buttons = [request.button("forget", "forgetme yes"), request.button("keep", "subscriptions")]
        return replies.said("", request.say("forgetme.ask", **counts), buttons=buttons)
    await request.subscriptions.forget(subscriber)
    return replies.said("", request.say("forgetme.done"))


def described(request: Request, subscription: Subscription) -> dict[str, str]:
    """A subscription's schedule in words: time, timezone, days, and when it is next due."""
    schedule = subscription.schedule
    return {
        "time": f"{schedule.time:%H:%M}",
        "timezone": schedule.timezone,
        "days": day_names(request, schedule.days),
        "next": local(subscription.next_due, schedule.timezone),
    }


def local(moment: datetime, timezone: str) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def day_names(request: Request, days: frozenset[int]) -> str:
    """Weekdays in the reader's language."""
    named = {EVERY_DAY: "every", frozenset(range(5)): "weekdays", frozenset((5, 6)): "weekend"}.get(days)
    return request.say(f"days.{named}") if named else ", ".join(request.say(f"day.{day}") for day in sorted(days))


def day_words(days: frozenset[int]) -> str:
    """Weekdays as a command takes them."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return "daily" if days == EVERY_DAY else ",".join(names[day] for day in sorted(days))
