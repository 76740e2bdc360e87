"""/subscriptions in a chat of many places, such as a Discord server: what each of them receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Block, Button, Card, Heading, ListItem, Paragraph, Text, TextStyle, parse_inline
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.paging import choose_page
from digestbot.core.commands.subscriptions.subscribing import build_own_test_buttons, build_row, format_paused
from digestbot.core.ports import ChatPlace
from digestbot.domain.subscription import Subscriber, Subscription

_Row = tuple[ChatPlace, Subscriber, Subscription]


async def build_overview_card(request: CommandRequest) -> Card:
    """What the places that the person sees receive; those who moderate one can unsubscribe it there."""
    rows = await _list_rows(request)
    title = request.translate("subscriptions.server" if request.message.is_about_server else "subscriptions.chat",
                              chat=request.message.title)  # fmt: skip
    page = choose_page(request, rows, "subscriptions")
    if not rows:
        button = request.build_button("topics", "topics")
        key = "subscriptions.server_none" if request.message.is_about_server else "subscriptions.chat_none"
        return replies.message_card(title, request.translate(key, chat=request.message.title), buttons=[button])
    blocks: list[Block] = [Heading((Text(title),))]
    shown = ""
    for place, subscriber, subscription in page.items:
        if place.title != shown:
            shown = place.title
            blocks += _build_place_blocks(request, place, subscriber)
        blocks.append(_build_item(request, place, subscription))
    tests = await build_own_test_buttons(request) if request.subscriber else ()
    resumes = _build_resume_buttons(request, page.items)
    return Card(tuple(blocks), (*page.buttons, *resumes, *tests), command=page.command)


async def _list_rows(request: CommandRequest) -> list[_Row]:
    message = request.message
    own = [request.subscriber] if request.subscriber else []
    found = await request.subscriptions.list_in_chat(message.address) if message.is_about_server else own
    places = [(message.describe_place(subscriber.address), subscriber) for subscriber in found]
    seen = [(place, subscriber) for place, subscriber in places if place]
    seen.sort(key=lambda pair: (pair[1].address != message.address, pair[0].title))
    return [
        (place, subscriber, subscription)
        for place, subscriber in seen
        for subscription in await request.subscriptions.list_for(subscriber)
    ]


def _build_place_blocks(request: CommandRequest, place: ChatPlace, subscriber: Subscriber) -> list[Block]:
    paused = format_paused(replace(request, subscriber=subscriber))
    heading: list[Block] = [Heading((Text(place.title),), level=2)] if request.message.is_about_server else []
    return [*heading, *([Paragraph(parse_inline(paused, TextStyle.MUTED))] if paused else [])]


def _build_resume_buttons(request: CommandRequest, rows: Sequence[_Row]) -> list[Button]:
    """A button for each place whose deliveries are all paused, and that the person moderates."""
    paused = {place.title: place for place, subscriber, _ in rows if subscriber.pause_reason and place.is_moderated}
    return [
        request.build_button("resume_topic", f"{place.command_prefix} resume".strip(), topic=title)
        for title, place in paused.items()
    ]


def _build_item(request: CommandRequest, place: ChatPlace, subscription: Subscription) -> ListItem:
    title, text, button = build_row(request, subscription, place.command_prefix)
    line = parse_inline(text, TextStyle.MUTED)
    return ListItem(None, (Text(title),), "", (line,), button=button if place.is_moderated else None)
