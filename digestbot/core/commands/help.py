"""/start."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.command import Request
from digestbot.core.commands.subscribing import topics


async def start(request: Request) -> Card:
    """Say hello and offer the topics as switches, with the time at which they come."""
    preferences = request.preferences
    listed = await topics(request)
    when = {"time": f"{preferences.time:%H:%M}", "timezone": preferences.timezone}
    hello = replies.said(
        request.say("start.title"),
        request.say("start.text"),
        request.say("start.next", **when),
    )
    items = listed.blocks[1:]
    buttons = (
        request.button("time", "settings time", time=when["time"]),
        request.button("timezone", "settings timezone", timezone=when["timezone"]),
        request.button("help", "help"),
    )
    return Card((*hello.blocks[:2], *items, *hello.blocks[2:]), buttons, command="start")
