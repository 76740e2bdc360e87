"""Which papers the numbers of a list mean, of the list that was shown or delivered last in a chat, and which “it”."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace

from digestbot.cards.card import Card, ListItem
from digestbot.core.ports import Clock, IncomingMessage
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, Subscriber
from digestbot.store import Store
from digestbot.store.followed_topics import choose_narrowing
from digestbot.store.shown_lists import ShownList, TurnedPage

_ONE_PAPER = re.compile(r"paper (\S+)(?: (?:full|figures|abstract|analysis))?(?: p\d+)?$")
_PAGE = re.compile(r" p(\d+)$")


class ShownLists:
    """Notes the lists that are shown, and finds the last one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._followed = store.shown_lists, store.followed
        self._clock = clock

    async def note(self, message: IncomingMessage, card: Card) -> None:
        """Note the papers that a card numbers, or the one that it is about; another page of a list adds to it."""
        viewer = message.user.chat if message.user and message.is_ephemeral else ""
        page, now = _find_page(card), self._clock.now()
        if numbers := list_numbered_papers(card):
            name = hashlib.sha256(_PAGE.sub("", card.command).encode()).hexdigest()[:16]
            await self._store.record(message.address, viewer, name, numbers, now, page=page)
        elif paper := find_opened_paper(card):
            await self._store.record_opened(message.address, viewer, paper, now, page=page)

    async def find_last(self, message: IncomingMessage, subscriber: Subscriber | None) -> Mapping[int, str]:
        """The papers by number that the person who asks was shown last in this chat, by an answer or a delivery."""
        last = await self._find_last(message, subscriber)
        return last.papers if last else {}

    async def _find_last(self, message: IncomingMessage, subscriber: Subscriber | None) -> ShownList | None:
        found: list[ShownList | None] = [await self._store.find_last(message.address, _get_viewer(message))]
        if subscriber and (delivered := await self._store.find_last_delivery(subscriber.id)):
            found.append(await self._number_as_delivered(subscriber, delivered))
        return max(filter(None, found), key=lambda shown: shown.shown_at, default=None)

    async def _number_as_delivered(self, subscriber: Subscriber, delivered: ShownList) -> ShownList:
        """The list as the chat was sent it: without what it leaves out, and numbered through."""
        narrowings = (await self._followed.find_narrowings([subscriber.id])).get(subscriber.id)
        if not narrowings:
            return delivered
        from digestbot.core.narrowing import is_hidden  # noqa: PLC0415  # late: few chats narrow anything

        shown = {
            one.paper.arxiv_id
            for one in await self._followed.list_delivered(subscriber.id, delivered.shown_at)
            if not is_hidden(choose_narrowing(narrowings, one.slug), one.paper, one.categories)
        }
        kept = [paper for _, paper in sorted(delivered.papers.items()) if paper in shown]
        return replace(delivered, papers=dict(enumerate(kept, 1)))

    async def find_opened(self, message: IncomingMessage, subscriber: Subscriber | None) -> str:
        """The paper that “it” means: the one opened after the last list, or all that the list has; empty if none is."""
        last = await self._find_last(message, subscriber)
        opened = [one for one in await self._store.find_all(message.address, _get_viewer(message)) if one.opened_at]
        newest = max(opened, key=lambda one: str(one.opened_at), default=None)
        if newest and newest.opened_at and (last is None or newest.opened_at >= last.shown_at):
            return newest.opened
        return next(iter(last.papers.values())) if last and len(last.papers) == 1 else ""

    async def find_page(self, message: IncomingMessage) -> TurnedPage:
        """The page that was shown last, of a list or a text that has several; without a command if none was."""
        shown = await self._store.find_all(message.address, _get_viewer(message))
        return shown[0].page if shown else TurnedPage()

    async def forget(self, address: Address, viewer: str = "") -> None:
        """Forget what was shown in a chat, or to a ``viewer`` alone wherever that was."""
        await self._store.forget(address, viewer)
        if viewer:
            await self._store.forget(address)


def _get_viewer(message: IncomingMessage) -> str:
    return message.user.chat if message.user else ""


def _find_page(card: Card) -> TurnedPage:
    """The page that a card is, if it has buttons to others."""
    match = _PAGE.search(card.command)
    command, number = _PAGE.sub("", card.command), int(match[1]) if match else 1
    others = {f"{command} p{number - 1}", f"{command} p{number + 1}"}
    return TurnedPage(command, number) if any(button.command in others for button in card.buttons) else TurnedPage()


def find_opened_paper(card: Card) -> str:
    """The paper that a card is about; empty if it is about none, or several."""
    match = _ONE_PAPER.match(card.command)
    return match[1] if match else ""


def list_numbered_papers(card: Card) -> dict[int, str]:
    """The papers of a card by their numbers in its list."""
    items = (block for block in card.blocks if isinstance(block, ListItem) and block.position is not None)
    papers = ((item.position, PaperId.from_url(item.url)) for item in items)
    return {position: paper.base_id for position, paper in papers if paper and position is not None}
