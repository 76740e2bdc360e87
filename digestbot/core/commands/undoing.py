"""/undo: what a command changed is as it was before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.preferences import format_setting, name_setting
from digestbot.core.commands.subscriptions.subscribing import format_paused, format_subscription
from digestbot.domain.subscription import Subscriber
from digestbot.errors import CommandError
from digestbot.late_patterns import compile_late

_TOKEN = compile_late(r"[0-9a-f]{4,32}")
_MAX_TOPICS = 5
"""Topics that an answer describes; of more, it tells the number."""


async def handle_undo(request: CommandRequest) -> Card:
    """Undo the last change, or the one that a button names, and say how it is now."""
    if len(request.args) > 1 or not all(map(_TOKEN.fullmatch, request.args)):
        raise CommandError("not_understood", "undo", text=request.argument_text)
    token = request.args[0] if request.args else ""
    subscriber = request.subscriber
    known = await request.catalog.list_topics()  # with the follows that are there before it
    if subscriber:
        await request.shown_lists.keep_last_delivery(subscriber)
    state = await request.subscriptions.undo(subscriber, token) if subscriber else None
    if subscriber is None or state is None:
        return replies.message_card("", request.translate("undone.nothing"))
    now = await request.subscriptions.find(subscriber.address) or subscriber
    titles = {summary.topic.slug: summary.topic.title for summary in known}
    texts = [*_format_settings(request, now, state), *await _format_topics(request, now, state, titles)]
    if "saved" in state:
        from digestbot.core.commands.papers.saving import describe_undone  # noqa: PLC0415  # late: few undo that

        texts += await describe_undone(request, now, state)
    if "mutes" in state:
        texts.append(request.context.translate_count("undone.mutes", len(state["mutes"])))
    if "pause" in state:
        texts.append(format_paused(request.for_subscriber(now)) or request.translate("resumed"))
    return replies.message_card("", request.for_subscriber(now).translate("undone"), *texts)


def _format_settings(request: CommandRequest, now: Subscriber, state: dict[str, Any]) -> list[str]:
    restored = request.for_subscriber(now)
    names = [name_setting(field) for field in state.get("preferences", ())]
    return [
        restored.translate(
            "settings.changed", name=restored.translate(f"settings.{name}"), value=format_setting(restored, name)
        )
        for name in names
    ]


async def _format_topics(
    request: CommandRequest, now: Subscriber, state: dict[str, Any], titles: Mapping[str, str]
) -> list[str]:
    slugs = state.get("topics", {})
    if len(slugs) > _MAX_TOPICS:
        return [request.translate("undone.topics", count=len(slugs))]
    subscribed = {one.topic.slug: one for one in await request.subscriptions.list_for(now)}
    texts = []
    for slug in slugs:
        title = subscribed[slug].topic.title if slug in subscribed else titles.get(slug, slug)
        text = (
            format_subscription(request, subscribed[slug])
            if slug in subscribed
            else request.translate("undone.no_topic")
        )
        texts.append(request.translate("undone.topic", topic=title, text=text))
    return texts
