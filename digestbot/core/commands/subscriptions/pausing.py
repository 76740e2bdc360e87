"""/pause, /resume and /stop: of everything or of a topic, until a time or until it is resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.subscribing import (
    build_undo_button,
    format_end,
    format_next,
    format_paused,
    handle_unsubscribe,
    is_everything,
    require_subscribed_topic,
)
from digestbot.core.subscriptions import PAUSED_BY_REQUEST
from digestbot.core.times.pauses import read_pause, split_pause
from digestbot.domain.subscription import Subscriber, Subscription
from digestbot.domain.timezones import get_timezone
from digestbot.domain.topic import Topic, match_first_words
from digestbot.errors import CommandError


async def handle_pause(request: CommandRequest) -> Card:
    """``/pause [TOPIC] [UNTIL]``: everything or one topic, for a time or until it is resumed."""
    subscribed = await request.subscriptions.list_for(request.subscriber) if request.subscriber else []
    topic, end = await _read_arguments(request, subscribed)
    if topic:
        return await _pause_topic(request, topic, end, subscribed)
    return await _pause_all(request, end)


async def handle_stop(request: CommandRequest) -> Card:
    """Pause everything, and offer what else stopping can mean; with a topic, unsubscribe from it."""
    if request.args:
        return await handle_unsubscribe(request)
    card = await _pause_all(request, None, is_stop=True)
    forget = "forget_channel" if request.message.user else "forgetme"
    more = (request.build_button("unsubscribe_all", "unsubscribe all"), request.build_button("forget_ask", forget))
    return replace(card, buttons=(*card.buttons, *more))


async def _read_arguments(
    request: CommandRequest, subscribed: Sequence[Subscription]
) -> tuple[Topic | None, datetime | None]:
    """The topic and the end that are named. Raises :class:`CommandError`."""
    zone = get_timezone(request.preferences.timezone)
    now = request.clock.now().astimezone(zone)
    topic, count = match_first_words(request.args, [one.topic for one in subscribed])
    rest = request.args[count:]
    try:
        name, end = ("", read_pause(" ".join(rest), now)) if topic else split_pause(rest, now)
    except ValueError:
        prefix = f"pause {topic.slug}" if topic else "pause"
        raise CommandError("not_a_pause", f"{prefix} 1 week", text=" ".join(rest)) from None
    if topic and rest and end is None:
        raise CommandError("not_a_pause", f"pause {topic.slug} 1 week", text=" ".join(rest))
    if name and not is_everything(name):
        topic = await _require_topic(request, subscribed, name, has_end=end is not None)
    return topic, end


async def _require_topic(
    request: CommandRequest, subscribed: Sequence[Subscription], name: str, *, has_end: bool
) -> Topic:
    """The topic that is named; what is neither that nor a time is named as such."""
    try:
        return await require_subscribed_topic(request, subscribed, "pause", name)
    except CommandError as error:
        if has_end or error.values.get("suggestions"):
            raise
        raise CommandError("not_a_pause", "pause 1 week", "pause until monday", text=name) from None


async def _pause_all(request: CommandRequest, end: datetime | None, *, is_stop: bool = False) -> Card:
    """Pause everything; what stops has no end, also where a pause with one goes on."""
    subscriber = await request.get_or_create_subscriber()
    resume = request.build_button("resume", "resume")
    is_longer = end is not None or (is_stop and subscriber.resumes_at is not None)
    if subscriber.pause_reason and not (is_longer and subscriber.pause_reason == PAUSED_BY_REQUEST):
        text = format_paused(request) if subscriber.resumes_at else request.translate("paused.already")
        return replies.message_card("", text, buttons=[resume])
    state = await request.subscriptions.read_state(subscriber, with_pause=True)
    await request.subscriptions.pause(subscriber, end)
    text = request.translate("paused.until", **format_end(request, end)) if end else request.translate("paused")
    is_changed = (subscriber.pause_reason, subscriber.resumes_at) != (PAUSED_BY_REQUEST, end)
    undo = [await build_undo_button(request, subscriber, state)] if is_changed else []
    return replies.message_card("", text, buttons=[resume, *undo])


async def _pause_topic(
    request: CommandRequest, topic: Topic, end: datetime | None, subscribed: Sequence[Subscription]
) -> Card:
    if request.subscriber is None or all(one.topic.slug != topic.slug for one in subscribed):
        subscribe = request.build_button("subscribe", f"subscribe {topic.slug}", topic=topic.title)
        return replies.message_card("", request.translate("unsubscribe.not", topic=topic.title), buttons=[subscribe])
    state = await request.subscriptions.read_state(request.subscriber, slugs=[topic.slug])
    await request.subscriptions.pause_topics(request.subscriber, [topic], end)
    values = format_end(request, end) if end else {}
    text = request.translate("paused.topic_until" if end else "paused.topic", topic=topic.title, **values)
    buttons = [request.build_button("resume_topic", f"resume {topic.slug}", topic=topic.title)]
    if state != await request.subscriptions.read_state(request.subscriber, slugs=[topic.slug]):
        buttons.append(await build_undo_button(request, request.subscriber, state))
    return replies.message_card("", text, buttons=buttons)


async def handle_resume(request: CommandRequest) -> Card:
    """``/resume [TOPIC]``: everything, or the topics that are paused, or one of them."""
    subscriber = request.subscriber
    subscribed = await request.subscriptions.list_for(subscriber) if subscriber else []
    name = "" if is_everything(request.argument_text) else request.argument_text
    paused = [one for one in subscribed if one.is_paused]
    if name:
        topic = await require_subscribed_topic(request, paused or subscribed, "resume")
        paused = [one for one in paused if one.topic.slug == topic.slug]
    is_all_paused = subscriber is not None and bool(subscriber.pause_reason) and not name
    if subscriber is None or not (paused or is_all_paused):
        return replies.message_card("", request.translate("resumed.already"))
    slugs = [one.topic.slug for one in paused]
    state = await request.subscriptions.read_state(subscriber, slugs=slugs, with_pause=is_all_paused)
    card = await _resume(request, subscriber, paused, is_all_paused=is_all_paused, takes_topics=bool(request.args))
    return replace(card, buttons=(*card.buttons, await build_undo_button(request, subscriber, state)))


async def _resume(
    request: CommandRequest,
    subscriber: Subscriber,
    paused: Sequence[Subscription],
    *,
    is_all_paused: bool,
    takes_topics: bool,
) -> Card:
    """Resume the chat, or these topics; both where everything is named."""
    topics = [one.topic for one in paused] if takes_topics or not is_all_paused else []
    if is_all_paused:
        await request.subscriptions.resume(subscriber)
    if topics:
        await request.subscriptions.resume_topics(subscriber, topics)
    key = "resumed" if is_all_paused else "resumed.topics"
    text = request.translate(
        key, topics=request.context.join_names(topic.title for topic in topics[:3]) + ("…" if topics[3:] else "")
    )
    left = [] if topics else [one.topic.title for one in paused]
    left_text = request.translate("resumed.still_paused", topics=request.context.join_names(left[:3])) if left else ""
    resumed = replace(request, subscriber=replace(subscriber, pause_reason="", resumes_at=None))
    is_still_paused = bool(subscriber.pause_reason) and not is_all_paused
    next_text = format_paused(request) if is_still_paused else await format_next(resumed, subscriber)
    return replies.message_card("", text, left_text, next_text)
