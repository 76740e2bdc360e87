"""Topics: /topics, which is often all that is asked of a process."""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.subscriptions.categories import (
    asks_for_categories,
    build_browse_button,
    build_categories_card,
)


async def handle_topics(request: CommandRequest) -> Card:
    """All topics, with their number of digests and whether the chat is subscribed; or arXiv's categories."""
    if asks_for_categories(request.args):
        return await build_categories_card(request, request.args)
    summaries = [summary for summary in await request.catalog.list_topics() if not summary.topic.expression]
    if not summaries:
        buttons = [build_browse_button(request)]
        return replies.message_card(
            request.translate("topics.title"), request.translate("topics.none"), buttons=buttons
        )
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
    paused_text = _format_paused(request)
    resume = [request.build_button("resume", "resume", keeps_card=True)] if paused_text else []
    return replace(
        replies.list_card(
            request.translate("topics.title"),
            rows,
            paused_text,
            buttons=[*page.buttons, build_browse_button(request), *resume],
        ),
        command=page.command,
    )


def _format_paused(request: CommandRequest) -> str:
    if not request.subscriber or not request.subscriber.pause_reason:
        return ""
    from digestbot.core.commands.subscriptions.subscribing import format_paused  # noqa: PLC0415  # late: it reads times and places

    return format_paused(request)
