"""Subscriptions: /subscribe, /subscriptions, /unsubscribe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.subscriptions.categories import (
    list_known_categories,
    split_category,
)
from digestbot.core.commands.subscriptions.option_answers import find_start, format_place_note, read_request_options
from digestbot.core.lines import page_numbers
from digestbot.core.schedule import find_next_announced
from digestbot.core.subscription_plans import ScheduleChange
from digestbot.core.subscriptions import PAUSED_BY_REQUEST
from digestbot.core.text_folding import fold_text
from digestbot.core.times.options import Options, find_first_option, is_understood
from digestbot.core.times.places import name_city
from digestbot.domain.subscription import EVERY_DAY, Subscriber, Subscription
from digestbot.domain.timezones import get_timezone
from digestbot.domain.topic import MAX_COMPARED_CHARACTERS, Topic, match_first_words, normalize_name
from digestbot.errors import CommandError
from digestbot.i18n import translate_reason

_MAX_OPTION_WORDS, _MAX_FOLLOWED_WORDS = 4, 30


async def handle_subscribe(request: CommandRequest) -> Card:
    """``/subscribe TOPIC`` and when: what is named of its time, timezone and days changes; ``instant``; ``default``."""
    topic, option_words = await _split_topic(request)
    return await subscribe_to(request, topic, option_words)


async def subscribe_to(request: CommandRequest, topic: Topic, option_words: tuple[str, ...] = ()) -> Card:
    """Subscribe to a topic, or change when it comes. Raises :class:`CommandError`."""
    command = f"subscribe {topic.slug}"
    options = read_request_options(request, command, " ".join(option_words))
    if options.is_everywhere:
        raise CommandError("not_understood", f"{command} 08:00", text=" ".join(option_words))
    if topic.expression:
        topic = await request.follows.get_or_create_topic(topic, request.preferences.language)
    subscriber = await request.get_or_create_subscriber()
    state = await request.subscriptions.read_state(subscriber, slugs=[topic.slug])
    change = await _build_change(request, subscriber, topic, options)
    subscription = await request.subscriptions.change_subscription(subscriber, topic, change)
    is_changed = state != await request.subscriptions.read_state(subscriber, slugs=[topic.slug])
    buttons = [request.build_button("latest", f"latest {topic.slug}"), *request.build_test_buttons(topic.slug)]
    if is_changed:
        buttons.append(await build_undo_button(request, subscriber, state))
    problem = await _find_problem(request, subscriber, topic)
    return replies.message_card(
        request.translate("subscribed.title" if is_changed else "subscribed.same", topic=subscription.topic.title),
        _format_subscribed(request, subscription),
        await _format_width(request, topic),
        format_place_note(request, options),
        problem,
        format_paused(request),
        buttons=buttons,
    )


async def _build_change(
    request: CommandRequest, subscriber: Subscriber, topic: Topic, options: Options
) -> ScheduleChange:
    """What the options change; their start is in the topic's timezone."""
    starts_at = None
    if options.start:
        subscribed = await request.subscriptions.list_for(subscriber)
        own = next((one.schedule.timezone for one in subscribed if one.topic.slug == topic.slug), "")
        starts_at = find_start(request, options.start, options.timezone or own or subscriber.preferences.timezone)
    return ScheduleChange(
        options.time,
        options.timezone,
        options.days,
        is_instant=options.is_instant,
        follows_chat=options.follows_chat,
        starts_at=starts_at,
    )


def _format_subscribed(request: CommandRequest, subscription: Subscription) -> str:
    if subscription.instant:
        return request.translate("subscribed.instant")
    key = "subscribed.whenever" if subscription.topic.expression else "subscribed.daily"
    return request.translate(key, **format_schedule(request, subscription))


async def _format_width(request: CommandRequest, topic: Topic) -> str:
    """How many papers a day a follow brings, and whether nobody reads as many; empty where that is not known."""
    per_day = await request.follows.count_per_day(topic) if topic.expression else None
    if not per_day:
        return ""
    from digestbot.core.follows.follow_previews import MAX_PAPERS_PER_DAY  # noqa: PLC0415  # late: few topics are follows

    if per_day > MAX_PAPERS_PER_DAY:
        return request.translate("follow.too_wide", count=f"{round(per_day):,}", limit=MAX_PAPERS_PER_DAY)
    return request.context.translate_count("follow.per_day", max(1, round(per_day)))


async def build_undo_button(request: CommandRequest, subscriber: Subscriber, state: Mapping[str, Any]) -> Button:
    """The button that makes what a command changed as it was before."""
    token = await request.subscriptions.keep_step(subscriber, state)
    return request.build_button("undo", f"undo {token}")


async def _find_problem(request: CommandRequest, subscriber: Subscriber, topic: Topic) -> str:
    """What the moderator has to change before the topic's digests can be posted; empty if nothing."""
    reason = await request.message.find_topic_obstacle(topic.title)
    if not reason:
        return ""
    await request.subscriptions.note_told(subscriber, reason)
    return request.translate("subscribed.problem", reason=translate_reason(request.language, reason))


async def _split_topic(request: CommandRequest) -> tuple[Topic, tuple[str, ...]]:
    """The topic that the longest leading run of words names, and the options after it."""
    words = request.args
    topic, count = match_first_words(words, [summary.topic for summary in await request.catalog.list_topics()])
    if count < len(words):  # a category's name may be longer
        category, longer_count = split_category(request, words)
        topic, count = (category, longer_count) if category and longer_count > count else (topic, count)
    if topic:
        return topic, words[count:]
    text = " ".join(words)
    end = find_first_option(text)
    if end >= len(text):
        end = await _find_short_options(request, words)
    name, rest = text[:end].strip(), text[end:].strip()
    more = list_known_categories(request)
    try:
        return await request.require_topic(name, "subscribe", rest, more=more), tuple(rest.split())
    except CommandError as error:
        raise await _offer_follow(request, name, error) from error


async def _offer_follow(request: CommandRequest, name: str, error: CommandError) -> CommandError:
    """That there is no such topic, with the button that follows the words first, and how much that brings."""
    from digestbot.core.lines.followed_words import read_followed_words  # noqa: PLC0415  # late: few answers need it
    from digestbot.domain.queries import QueryError, parse_query  # noqa: PLC0415

    text = read_followed_words(name)
    similar = error.values.get("suggestions")
    topics = [one for one in similar if isinstance(one, Topic)] if isinstance(similar, Sequence) else []
    if any(begun.startswith(normalize_name(name)) for topic in topics for begun in topic.normalized_names):
        return error  # it is the beginning of these topics' names
    try:
        count = (await request.follows.count_found([parse_query(text)]))[0]
    except QueryError:
        return error
    key = "follow_words_counted" if count else "follow_words"
    follow = request.build_button(key, f"follow {text}", words=text[:_MAX_FOLLOWED_WORDS], count=f"{count:,}")
    given = error.values.get("choices")
    others = list(given) if isinstance(given, Sequence) else []
    return CommandError(error.key, *error.examples, **{**error.values, "choices": [follow, *others]})


async def _find_short_options(request: CommandRequest, words: tuple[str, ...]) -> int:
    """Where options that could be a name's begin after what is like a topic's name, such as 8 in “protien 8”."""
    for count in range(len(words) - 1, max(0, len(words) - _MAX_OPTION_WORDS), -1):
        name, rest = " ".join(words[:count]), " ".join(words[count:])
        if (
            len(name) <= MAX_COMPARED_CHARACTERS
            and is_understood(rest)
            and (await request.catalog.find_topic(name)).guess
        ):
            return len(name)
    return len(" ".join(words))


async def handle_subscriptions(request: CommandRequest) -> Card:
    """The chat's subscriptions and their schedules."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    title, page = request.translate("subscriptions.title"), choose_page(request, subscribed, "subscriptions")
    if not subscribed:
        button = request.build_button("topics", "topics")
        return replies.message_card(title, request.translate("subscriptions.none"), buttons=[button])
    rows = [build_row(request, subscription) for subscription in page.items]
    paused_text = format_paused(request)
    resume = [request.build_button("resume", "resume")] if paused_text else []
    return replies.list_card(
        title, rows, paused_text, buttons=[*page.buttons, *resume, *await build_own_test_buttons(request)]
    )


async def build_own_test_buttons(request: CommandRequest) -> tuple[Button, ...]:
    """The button that sends the chat a test, if the person may change what it receives."""
    buttons = request.build_test_buttons()
    return buttons if buttons and await request.message.is_moderator() else ()


def format_subscription(request: CommandRequest, subscription: Subscription) -> str:
    """When a topic comes, and whether it is paused."""
    text = request.translate("subscriptions.instant")
    if not subscription.instant:
        text = request.translate("subscriptions.line", **format_schedule(request, subscription))
    return f"{_format_topic_pause(request, subscription)} · {text}" if subscription.is_paused else text


def build_row(request: CommandRequest, subscription: Subscription, prefix: str = "") -> replies.Row:
    """A subscription, with the button that ends it, or that resumes the topic where that is paused.

    ``prefix`` stands before the button's command where that is to act in another place.
    """
    name = "resume_topic" if subscription.is_paused else "unsubscribe"
    command = f"{prefix} {'resume' if subscription.is_paused else 'unsubscribe'} {subscription.topic.slug}".strip()
    text = format_subscription(request, subscription)
    return subscription.topic.title, text, request.build_button(name, command, topic=subscription.topic.title)


def _format_topic_pause(request: CommandRequest, subscription: Subscription) -> str:
    if subscription.resumes_at is None:
        return request.translate("subscriptions.topic_paused")
    until = format_local_time(subscription.resumes_at, subscription.schedule.timezone)
    return request.translate("subscriptions.topic_paused_until", until=until)


def format_paused(request: CommandRequest) -> str:
    """That deliveries are paused, and why or until when; empty if they are not."""
    subscriber = request.subscriber
    reason = subscriber.pause_reason if subscriber else ""
    if subscriber and reason == PAUSED_BY_REQUEST:
        if subscriber.resumes_at is None:
            return request.translate("subscriptions.paused_by_request")
        return request.translate("subscriptions.paused_until", **format_end(request, subscriber.resumes_at))
    if not reason:
        return ""
    return request.translate("subscriptions.paused", reason=translate_reason(request.language, reason))


def format_end(request: CommandRequest, end: datetime) -> dict[str, str]:
    """The end of a pause in the chat's timezone, and that timezone."""
    timezone = request.preferences.timezone
    return {"until": format_local_time(end, timezone), "timezone": name_city(timezone, request.language)}


async def format_paused_topics(request: CommandRequest) -> str:
    """Which topics alone are paused; empty if none is."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    paused = [one.topic.title for one in subscribed if one.is_paused]
    names = request.context.join_names(paused[:3]) + ("…" if paused[3:] else "")
    return request.translate("subscriptions.topics_paused", topics=names) if paused else ""


async def handle_unsubscribe(request: CommandRequest) -> Card:
    """Unsubscribe from a topic, or from all; without either, ask which."""
    subscriber = request.subscriber
    subscribed = await request.subscriptions.list_for(subscriber) if subscriber else []
    words, _ = page_numbers.split_page_number(request.args)
    if not words:
        return _build_choice_card(request, subscribed)
    if is_everything(" ".join(words)):
        return await _unsubscribe_all(request, subscribed)
    topic = await require_subscribed_topic(request, subscribed, "unsubscribe")
    if subscriber is None or all(one.topic.slug != topic.slug for one in subscribed):
        button = request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        return replies.message_card("", request.translate("unsubscribe.not", topic=topic.title), buttons=[button])
    return await _unsubscribe(request, subscriber, [topic], request.translate("unsubscribed", topic=topic.title))


async def _unsubscribe(request: CommandRequest, subscriber: Subscriber, topics: Sequence[Topic], text: str) -> Card:
    state = await request.subscriptions.read_state(subscriber, slugs=[topic.slug for topic in topics])
    await request.subscriptions.unsubscribe(subscriber, *topics)
    undo = await build_undo_button(request, subscriber, state)
    return replies.message_card("", text, buttons=[undo])


def _build_choice_card(request: CommandRequest, subscribed: Sequence[Subscription]) -> Card:
    """What the chat is subscribed to, each with the button that ends it, and one for all."""
    title = request.translate("unsubscribe.which")
    if not subscribed:
        button = request.build_button("topics", "topics")
        return replies.message_card("", request.translate("subscriptions.none"), buttons=[button])
    page = choose_page(request, subscribed, "unsubscribe")
    rows = [
        (
            one.topic.title,
            "",
            request.build_button("unsubscribe", f"unsubscribe {one.topic.slug}", topic=one.topic.title),
        )
        for one in page.items
    ]
    everything = [request.build_button("unsubscribe_all", "unsubscribe all")] if len(subscribed) > 1 else []
    return replies.list_card(title, rows, buttons=[*page.buttons, *everything])


async def _unsubscribe_all(request: CommandRequest, subscribed: Sequence[Subscription]) -> Card:
    if request.subscriber is None or not subscribed:
        return replies.message_card("", request.translate("subscriptions.none"))
    key = "unsubscribed.all_one" if len(subscribed) == 1 else "unsubscribed.all"
    text = request.translate(key, count=len(subscribed), topic=subscribed[0].topic.title)
    return await _unsubscribe(request, request.subscriber, [one.topic for one in subscribed], text)


def is_everything(text: str) -> bool:
    """Whether all topics are meant."""
    return fold_text(text.strip()) in _EVERYTHING


_EVERYTHING = frozenset(
    (
        "all",
        "all topics",
        "everything",
        "all of them",
        "from all",
        "from everything",
        "*",
        "全部",
        "所有",
        "全部主题",
        "所有主题",
    )
)


async def require_subscribed_topic(
    request: CommandRequest, subscribed: Sequence[Subscription], command: str, name: str | None = None
) -> Topic:
    """The topic that is named. Raises :class:`CommandError`, with topics that the chat is subscribed to."""
    slugs = {one.topic.slug for one in subscribed}
    try:
        return await request.require_topic(request.argument_text if name is None else name, command, preferred=slugs)
    except CommandError as error:
        named = [item for item in error.values.get("suggestions", ()) if isinstance(item, Topic) and item.slug in slugs]  # type: ignore[attr-defined]
        examples = [f"{command} {topic.slug}" for topic in named or [one.topic for one in subscribed[:1]]]
        examples = examples or ["topics"]
        values = {**error.values, **({"suggestions": named} if "suggestions" in error.values else {})}
        raise CommandError(error.key, *examples, **values) from None


async def format_next(request: CommandRequest, subscriber: Subscriber) -> str:
    """When the chat's next digest comes; empty if at no set time."""
    scheduled = [s for s in await request.subscriptions.list_for(subscriber) if not s.instant and not s.is_paused]
    upcoming = min(scheduled, key=partial(_find_next, request), default=None)
    if upcoming is None:
        return ""
    return request.translate("subscriptions.next", topic=upcoming.topic.title, **format_schedule(request, upcoming))


def format_schedule(request: CommandRequest, subscription: Subscription) -> dict[str, str]:
    """A subscription's schedule in words: time, timezone, days, and the next time at which something can come."""
    schedule, next_at = subscription.schedule, _find_next(request, subscription)
    return {
        "time": f"{schedule.time:%H:%M}",
        "timezone": name_city(schedule.timezone, request.language),
        "days": format_days(request, schedule.days),
        "next": format_local_time(next_at, schedule.timezone),
        "next_day": request.context.format_day(_to_local(next_at, schedule.timezone).date()),
    }


def _find_next(request: CommandRequest, subscription: Subscription) -> datetime:
    """The next time at which something can come: of a follow, one with an announcement before it."""
    if not subscription.topic.expression or subscription.since is None:
        return subscription.next_due
    now = max(request.clock.now(), subscription.starts_at or subscription.since)
    try:
        return find_next_announced(subscription.schedule, now, subscription.since)
    except ValueError:  # a timezone that there is no more
        return subscription.next_due


def format_local_time(timestamp: datetime, timezone: str) -> str:
    """A moment in local time; in UTC if there is no such timezone any more."""
    return f"{_to_local(timestamp, timezone):%Y-%m-%d %H:%M}"


def _to_local(timestamp: datetime, timezone: str) -> datetime:
    try:
        zone: tzinfo = get_timezone(timezone)
    except ValueError:
        zone = UTC
    return timestamp.astimezone(zone)


def format_days(request: CommandRequest, days: frozenset[int]) -> str:
    """Weekdays in the reader's language."""
    group = {EVERY_DAY: "every", frozenset(range(5)): "weekdays", frozenset((5, 6)): "weekend"}.get(days)
    return (
        request.translate(f"days.{group}")
        if group
        else request.context.join_names(request.translate(f"day.{day}") for day in sorted(days))
    )


def format_days_argument(days: frozenset[int]) -> str:
    """Weekdays in the command's syntax."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    group = {EVERY_DAY: "daily", frozenset(range(5)): "mon-fri"}.get(days)
    return group or ",".join(names[day] for day in sorted(days))
