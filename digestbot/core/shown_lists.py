"""Which papers the numbers of a list mean: of the list that was shown or delivered last in a chat."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from digestbot.cards.card import Card, ListItem
from digestbot.core.ports import Clock, IncomingMessage
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, Subscriber
from digestbot.store import Store
from digestbot.store.shown_lists import ShownList

_PAGE = re.compile(r" p\d+$")


class ShownLists:
    """Notes the lists that are shown, and finds the last one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store.shown_lists
        self._clock = clock

    async def note(self, message: IncomingMessage, card: Card) -> None:
        """Note the papers that a card numbers, if it does; another page of the same list adds to it."""
        numbers = list_numbered_papers(card)
        if numbers:
            viewer = message.user.chat if message.user and message.is_ephemeral else ""
            name = hashlib.sha256(_PAGE.sub("", card.command).encode()).hexdigest()[:16]
            await self._store.record(message.address, viewer, name, numbers, self._clock.now())

    async def find_last(self, message: IncomingMessage, subscriber: Subscriber | None) -> Mapping[int, str]:
        """The papers by number that the person who asks was shown last in this chat, by an answer or a delivery."""
        viewer = message.user.chat if message.user else ""
        found: list[ShownList | None] = [await self._store.find_last(message.address, viewer)]
        if subscriber:
            found.append(await self._store.find_last_delivery(subscriber.id))
        last = max(filter(None, found), key=lambda shown: shown.shown_at, default=None)
        return last.papers if last else {}

    async def forget(self, address: Address, viewer: str = "") -> None:
        """Forget what was shown in a chat, or to a ``viewer`` alone wherever that was."""
        await self._store.forget(address, viewer)
        if viewer:
            await self._store.forget(address)


def list_numbered_papers(card: Card) -> dict[int, str]:
    """The papers of a card by their numbers in its list."""
    items = (block for block in card.blocks if isinstance(block, ListItem) and block.position is not None)
    papers = ((item.position, PaperId.from_url(item.url)) for item in items)
    return {position: paper.base_id for position, paper in papers if paper and position is not None}
