"""/start."""

from __future__ import annotations

from digestbot.cards import replies
from digestbot.cards.card import Card
from digestbot.core.commands.command import Request
from digestbot.core.commands.subscribing import topics


async def start(request: Request) -> Card:
    """Say hello and offer the topics."""
    preferences = request.preferences
    listed = await topics(request)
    hello = replies.said(
        request.say("start.title"),
        request.say("start.text"),
        request.say("start.next", time=f"{preferences.time:%H:%M}", timezone=preferences.timezone),
    )
    items = listed.blocks[1:]
    return Card((*hello.blocks[:2], *items, *hello.blocks[2:]), (request.button("help", "help"),))
