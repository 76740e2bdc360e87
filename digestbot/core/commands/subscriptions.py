"""Subscriptions: /topics, /subscribe, /subscriptions, /unsubscribe, /pause, /resume."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands import parsing
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.paging import choose_page
from digestbot.core.subscriptions import PAUSED_BY_REQUEST
from digestbot.domain.subscription import EVERY_DAY, Schedule, Subscriber, Subscription
from digestbot.domain.timezones import get_timezone
from digestbot.domain.topic import Topic, match_first_words
from digestbot.errors import CommandError
from digestbot.i18n import translate_reason


async def handle_topics(request: CommandRequest) -> Card:
    """All topics, with their number of digests and whether the chat is subscribed."""
    summaries = await request.catalog.list_topics()
    if not summaries:
        return replies.message_card(request.translate("topics.title"), request.translate("topics.none"))
    page = choose_page(request, summaries, "topics")
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    slugs = {subscription.topic.slug for subscription in subscribed}
    rows: list[replies.Row] = []
    for summary in page.items:
        text = request.translate("topics.empty")
        if summary.latest_date:
            key = "topics.line_one" if summary.digest_count == 1 else "topics.line"
            text = request.translate(key, digests=summary.digest_count, newest=summary.latest_date.isoformat())
        is_subscribed = summary.topic.slug in slugs
        command = "unsubscribe" if is_subscribed else "subscribe"
        button = request.build_button(
            command, f"{command} {summary.topic.slug}", keeps_card=True, is_on=is_subscribed, topic=summary.topic.title
        )
        rows.append(
            (
                summary.topic.title,
                text + (f" · {request.translate('topics.subscribed')}" if is_subscribed else ""),
                button,
            )
        )
    paused_text = format_paused(request)
    resume = [request.build_button("resume", "resume", keeps_card=True)] if paused_text else []
    return replace(
        replies.list_card(request.translate("topics.title"), rows, paused_text, buttons=[*page.buttons, *resume]),
        command=page.command,
    )


@dataclass(frozen=True, slots=True)
class _SubscribeOptions:
    """The options after the topic in /subscribe."""

    schedule: Schedule
    has_own_schedule: bool = False
    has_own_timezone: bool = False
    instant: bool = False


async def handle_subscribe(request: CommandRequest) -> Card:
    """``/subscribe TOPIC [TIME] [TIMEZONE] [DAYS]``, or ``instant`` instead of the options."""
    topic, option_words = await _split_topic(request)
    preferences = request.preferences
    options = _SubscribeOptions(Schedule(preferences.time, preferences.timezone, preferences.days))
    for word in option_words:
        options = _apply_option(options, word, topic.slug)
    subscriber = await request.get_or_create_subscriber()
    subscription = await request.subscriptions.subscribe(
        subscriber,
        topic,
        options.schedule if options.has_own_schedule else None,
        has_own_timezone=options.has_own_timezone,
        instant=options.instant,
    )
    buttons = [
        request.build_button("latest", f"latest {topic.slug}"),
        request.build_button("undo", f"unsubscribe {topic.slug}"),
    ]
    text = request.translate("subscribed.instant")
    if not subscription.instant:
        text = request.translate("subscribed.daily", **format_schedule(request, subscription))
    problem = await _find_problem(request, subscriber, topic)
    return replies.message_card(
        request.translate("subscribed.title", topic=topic.title), text, problem, format_paused(request), buttons=buttons
    )


async def _find_problem(request: CommandRequest, subscriber: Subscriber, topic: Topic) -> str:
    """What the moderator has to change before the topic's digests can be posted; empty if nothing."""
    reason = await request.message.find_topic_obstacle(topic.title)
    if not reason:
        return ""
    await request.subscriptions.note_told(subscriber, reason)
    return request.translate("subscribed.problem", reason=translate_reason(request.preferences.language, reason))


async def _split_topic(request: CommandRequest) -> tuple[Topic, tuple[str, ...]]:
    """The topic that the longest leading run of words names, and the options after it."""
    words = request.args
    topic, count = match_first_words(words, [summary.topic for summary in await request.catalog.list_topics()])
    if topic:
        return topic, words[count:]
    end = next((i for i, word in enumerate(words) if i and _is_option(word)), len(words))
    return await request.require_topic(" ".join(words[:end]), "subscribe"), words[end:]


def _is_option(word: str) -> bool:
    return parsing.looks_like_time(word) or parsing.is_timezone(word) or parsing.is_weekdays(word) or _is_instant(word)


def _is_instant(word: str) -> bool:
    return word.casefold() in ("instant", "instantly", "now", "立即", "即时")


def _apply_option(options: _SubscribeOptions, word: str, slug: str) -> _SubscribeOptions:
    examples = (f"subscribe {slug} 08:00 Europe/Berlin mon-fri",)
    if _is_instant(word):
        return replace(options, instant=True)
    if parsing.is_weekdays(word):
        return replace(
            options, has_own_schedule=True, schedule=replace(options.schedule, days=parsing.parse_weekdays(word))
        )
    try:
        if parsing.looks_like_time(word):
            return replace(
                options, has_own_schedule=True, schedule=replace(options.schedule, time=parsing.parse_time(word))
            )
        timezone = parsing.parse_timezone(word)
    except CommandError as error:
        key = "not_a_time" if error.key == "not_a_time" else "not_a_timezone" if "/" in word else "not_understood"
        raise CommandError(key, *examples, text=word) from None
    schedule = replace(options.schedule, timezone=timezone)
    return replace(options, has_own_schedule=True, has_own_timezone=True, schedule=schedule)


async def handle_subscriptions(request: CommandRequest) -> Card:
    """The chat's subscriptions and their schedules."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    title = request.translate("subscriptions.title")
    if not subscribed:
        button = request.build_button("topics", "topics")
        return replies.message_card(title, request.translate("subscriptions.none"), buttons=[button])
    page = choose_page(request, subscribed, "subscriptions")
    rows: list[replies.Row] = []
    for subscription in page.items:
        text = request.translate("subscriptions.instant")
        if not subscription.instant:
            text = request.translate("subscriptions.line", **format_schedule(request, subscription))
        button = request.build_button(
            "unsubscribe", f"unsubscribe {subscription.topic.slug}", topic=subscription.topic.title
        )
        rows.append((subscription.topic.title, text, button))
    paused_text = format_paused(request)
    resume = [request.build_button("resume", "resume")] if paused_text else []
    return replies.list_card(title, rows, paused_text, buttons=[*page.buttons, *resume])


def format_paused(request: CommandRequest) -> str:
    """That deliveries are paused, and why; empty if they are not."""
    reason = request.subscriber.pause_reason if request.subscriber else ""
    if reason == PAUSED_BY_REQUEST:
        return request.translate("subscriptions.paused_by_request")
    if not reason:
        return ""
    return request.translate("subscriptions.paused", reason=translate_reason(request.preferences.language, reason))


async def handle_unsubscribe(request: CommandRequest) -> Card:
    """Unsubscribe from a topic."""
    topic = await request.require_topic(request.argument_text, "unsubscribe")
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    subscription = next((s for s in subscribed if s.topic.slug == topic.slug), None)
    if subscription is None or request.subscriber is None:
        button = request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        return replies.message_card("", request.translate("unsubscribe.not", topic=topic.title), buttons=[button])
    await request.subscriptions.unsubscribe(request.subscriber, topic)
    undo = request.build_button("undo", f"subscribe {topic.slug}{_format_options(subscription)}")
    return replies.message_card("", request.translate("unsubscribed", topic=topic.title), buttons=[undo])


def _format_options(subscription: Subscription) -> str:
    """The options that recreate the same subscription."""
    if subscription.instant:
        return " instant"
    if not subscription.has_own_schedule:
        return ""
    schedule = subscription.schedule
    timezone = f" {schedule.timezone}" if subscription.has_own_timezone else ""
    return f" {schedule.time:%H:%M}{timezone} {format_days_argument(schedule.days)}"


async def handle_pause(request: CommandRequest) -> Card:
    """Pause deliveries."""
    subscriber = await request.get_or_create_subscriber()
    if subscriber.pause_reason:
        return replies.message_card(
            "", request.translate("paused.already"), buttons=[request.build_button("resume", "resume")]
        )
    await request.subscriptions.pause(subscriber)
    return replies.message_card("", request.translate("paused"), buttons=[request.build_button("resume", "resume")])


async def handle_resume(request: CommandRequest) -> Card:
    """Resume deliveries."""
    if request.subscriber is None or not request.subscriber.pause_reason:
        return replies.message_card("", request.translate("resumed.already"))
    await request.subscriptions.resume(request.subscriber)
    return replies.message_card("", request.translate("resumed"), await format_next(request, request.subscriber))


async def format_next(request: CommandRequest, subscriber: Subscriber) -> str:
    """When the chat's next digest comes; empty if at no set time."""
    scheduled = [s for s in await request.subscriptions.list_for(subscriber) if not s.instant]
    upcoming = min(scheduled, key=lambda s: s.next_due, default=None)
    if upcoming is None:
        return ""
    return request.translate("subscriptions.next", topic=upcoming.topic.title, **format_schedule(request, upcoming))


def format_schedule(request: CommandRequest, subscription: Subscription) -> dict[str, str]:
    """A subscription's schedule in words: time, timezone, days, and next due time."""
    schedule = subscription.schedule
    return {
        "time": f"{schedule.time:%H:%M}",
        "timezone": schedule.timezone,
        "days": format_days(request, schedule.days),
        "next": format_local_time(subscription.next_due, schedule.timezone),
    }


def format_local_time(timestamp: datetime, timezone: str) -> str:
    """A moment in local time; in UTC if there is no such timezone any more."""
    try:
        zone: tzinfo = get_timezone(timezone)
    except ValueError:
        zone = UTC
    return f"{timestamp.astimezone(zone):%Y-%m-%d %H:%M}"


def format_days(request: CommandRequest, days: frozenset[int]) -> str:
    """Weekdays in the reader's language."""
    group = {EVERY_DAY: "every", frozenset(range(5)): "weekdays", frozenset((5, 6)): "weekend"}.get(days)
    return (
        request.translate(f"days.{group}")
        if group
        else ", ".join(request.translate(f"day.{day}") for day in sorted(days))
    )


def format_days_argument(days: frozenset[int]) -> str:
    """Weekdays in the command's syntax."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return "daily" if days == EVERY_DAY else ",".join(names[day] for day in sorted(days))
