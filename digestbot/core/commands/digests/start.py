"""/start."""

from __future__ import annotations

from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Card, ListItem
from digestbot.core.commands.base import CommandRequest
from digestbot.core.commands.subscriptions.option_answers import format_zone
from digestbot.core.commands.subscriptions.rich_sample import build_offer_buttons
from digestbot.core.commands.subscriptions.topics import handle_topics
from digestbot.domain.timezones import get_timezone

_MORNING = range(5, 11)
"""The hours of a morning."""


async def handle_start(request: CommandRequest) -> Card:
    """Greet the user and offer the topics as switches, with the delivery time and, where they can be, rich cards."""
    if request.args:
        request.note_unread(request.argument_text)
    preferences = request.preferences
    topics_card = await handle_topics(replace(request, args=()))  # what follows /start in a link is no page
    schedule = {"time": f"{preferences.time:%H:%M}", "timezone": format_zone(request, preferences.timezone)}
    title = request.translate("start.title_morning" if _is_morning(request) else "start.title")
    welcome = replies.message_card(
        title,
        request.translate("start.text"),
        request.translate("start.next", **schedule),
    )
    items = topics_card.blocks[1:]
    if not any(isinstance(block, ListItem) for block in items):  # nothing but arXiv, which is all there is to choose
        texts = (request.translate("start.anything"), request.translate("start.next", **schedule))
        welcome, items = replies.message_card(title, *texts), ()
    buttons = (
        *(button for button in topics_card.buttons if button.command.startswith("topics ")),  # to the next page, and on
        request.build_button("time", "settings time", time=schedule["time"]),
        request.build_button("timezone", "settings timezone", timezone=schedule["timezone"]),
        request.build_button("help", "help"),
        *await build_offer_buttons(request),
    )
    return Card((*welcome.blocks[:2], *items, *welcome.blocks[2:]), buttons, command="start")


def _is_morning(request: CommandRequest) -> bool:
    """Whether it is morning where the chat is."""
    try:
        zone = get_timezone(request.preferences.timezone)
    except ValueError:  # there is no such timezone any more
        return False
    return request.clock.now().astimezone(zone).hour in _MORNING
