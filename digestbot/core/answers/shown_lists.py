"""Which papers the numbers of a list mean, of the list that was shown or delivered last in a chat, and which “it”."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from digestbot.cards.card import Card, ListItem
from digestbot.core.answers.bundle_commands import parse_bundle_command
from digestbot.core.ports import Clock, IncomingMessage
from digestbot.domain.paper import PaperId
from digestbot.domain.subscription import Address, Subscriber
from digestbot.late_patterns import compile_late
from digestbot.store import Store

if TYPE_CHECKING:
    from digestbot.core.answers.delivered_bundles import DeliveredBundle
    from digestbot.store.chats.shown_lists import ShownList, ShownListStore, TurnedPage

_ONE_PAPER = compile_late(
    r"(?:paper (\S+)(?: (?:full|figures|abstract|analysis))?|summarize (pdf:\S+)(?: analysis)?)(?: p\d+)?$"
)
_PAGE = compile_late(r" p(\d+)$")


class ShownLists:
    """Notes the lists that are shown, and finds the last one."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._whole_store = store
        self._clock = clock

    @property
    def _store(self) -> ShownListStore:
        return self._whole_store.shown_lists

    async def note(self, message: IncomingMessage, card: Card) -> None:
        """Note the papers that a card numbers, or the one that it is about; another page of a list adds to it."""
        viewer = message.user.chat if message.user and message.is_ephemeral else ""
        now = self._clock.now()
        if numbers := list_numbered_papers(card):
            numbers = await self._list_sent_numbers(message, card) | numbers
            name = hashlib.sha256(_PAGE.sub("", card.command).encode()).hexdigest()[:16]
            await self._store.record(message.address, viewer, name, numbers, now, page=_find_page(card))
        elif paper := find_opened_paper(card):
            await self._store.record_opened(message.address, viewer, paper, now, page=_find_page(card))

    async def _list_sent_numbers(self, message: IncomingMessage, card: Card) -> dict[int, str]:
        """The numbers of the message that a card shows more of: it is on the screen above it."""
        lead = parse_bundle_command(card.command)
        subscriber = await self._whole_store.subscribers.find(message.address) if lead else None
        delivered = await self._load_delivered(subscriber, lead) if lead and subscriber else None
        return delivered.list_numbers() if delivered else {}

    async def find_last(self, message: IncomingMessage, subscriber: Subscriber | None) -> Mapping[int, str]:
        """The papers by number that the person who asks was shown last in this chat, by an answer or a delivery.

        In reply to a list they are those of that list.
        """
        if message.quoted_list:
            return message.quoted_list
        last = await self._find_last(message, subscriber)
        return last.papers if last else {}

    async def has_list_since(self, message: IncomingMessage, subscriber: Subscriber | None, since: datetime) -> bool:
        """Whether the person who asks was shown a list of papers in this chat after ``since``."""
        last = await self._find_last(message, subscriber)
        return bool(last and last.papers and last.shown_at >= since)

    async def _find_last(self, message: IncomingMessage, subscriber: Subscriber | None) -> ShownList | None:
        found: list[ShownList | None] = [await self._store.find_last(message.address, _get_viewer(message))]
        if subscriber:  # where the numbers of a delivery were kept, those are the first of two as old
            found.append(await self._find_last_delivery(subscriber))
        return max(filter(None, found), key=lambda shown: shown.shown_at, default=None)

    async def _find_last_delivery(self, subscriber: Subscriber) -> ShownList | None:
        """What the chat was sent last in one message, with the numbers that its papers have there."""
        last = await self._store.find_last_delivery(subscriber.id)
        if last is None:
            return None
        from digestbot.store.chats.shown_lists import ShownList  # noqa: PLC0415  # late: most answers number no papers

        delivered = await self._load_delivered(subscriber, last[0])
        return ShownList("", delivered.list_numbers() if delivered else {}, last[1])

    async def _load_delivered(self, subscriber: Subscriber, lead_digest_id: int) -> DeliveredBundle | None:
        from digestbot.core.answers.delivered_bundles import load_delivered  # noqa: PLC0415  # late: it reads expressions

        return await load_delivered(self._whole_store, subscriber, lead_digest_id)

    async def keep_last_delivery(self, subscriber: Subscriber) -> None:
        """Keep the numbers that the chat sees in what it was sent last, before it hides papers of that."""
        delivered = await self._find_last_delivery(subscriber)
        known = await self._store.find_last(subscriber.address, "")
        if delivered and delivered.papers and (known is None or known.shown_at < delivered.shown_at):
            name = f"delivery {delivered.shown_at.isoformat()}"
            await self._store.record(subscriber.address, "", name, delivered.papers, delivered.shown_at)

    async def find_delivered(self, subscriber: Subscriber, lead_digest_id: int) -> DeliveredBundle | None:
        """What the chat was sent in one message with this digest as the lead; ``None`` if nothing was, or is left."""
        return await self._load_delivered(subscriber, lead_digest_id)

    async def find_shared(self, word: str) -> DeliveredBundle | None:
        """What a channel was sent in one message, by the word of the command that its reader got."""
        from digestbot.core.answers.shared_messages import find_shared  # noqa: PLC0415  # late: few answers are of a channel's

        found = await find_shared(self._whole_store.callback_tokens, word)
        subscriber = await self._whole_store.subscribers.find(found[0]) if found else None
        return await self._load_delivered(subscriber, found[1]) if found and subscriber else None

    async def find_opened(self, message: IncomingMessage, subscriber: Subscriber | None) -> str:
        """The paper that “it” means: the one opened after the last list, or all that the list has; empty if none is.

        It may be a PDF that a person sent, by its name; only that person can do anything with it.
        """
        if opened := await self.find_opened_alone(message, subscriber):
            return opened
        listed = await self.find_last(message, subscriber)
        return next(iter(listed.values())) if len(listed) == 1 else ""

    async def find_opened_alone(
        self, message: IncomingMessage, subscriber: Subscriber | None, *, since: datetime | None = None
    ) -> str:
        """The paper that was opened by itself after the last list, and after ``since``; empty if none was.

        Who replies to a list means one of that.
        """
        if message.quoted_list:
            return ""
        last = await self._find_last(message, subscriber)
        opened = [one for one in await self._store.find_all(message.address, _get_viewer(message)) if one.opened_at]
        newest = max(opened, key=lambda one: str(one.opened_at), default=None)
        oldest = max(filter(None, (last.shown_at if last else None, since)), default=None)
        is_new = newest and newest.opened_at and (oldest is None or newest.opened_at >= oldest)
        return newest.opened if newest and is_new else ""

    async def has_any(self, message: IncomingMessage) -> bool:
        """Whether it is known what the person who asks was shown in this chat."""
        return bool(await self._store.find_all(message.address, _get_viewer(message)))

    async def find_page(self, message: IncomingMessage) -> TurnedPage:
        """The page that was shown last, of a list or a text that has several; without a command if none was."""
        from digestbot.store.chats.shown_lists import TurnedPage  # noqa: PLC0415  # late

        shown = await self._store.find_all(message.address, _get_viewer(message))
        return shown[0].page if shown else TurnedPage()

    async def forget(self, address: Address, viewer: str = "") -> None:
        """Forget what was shown in a chat, or to a ``viewer`` alone wherever that was, and what its buttons did."""
        await self._whole_store.callback_tokens.forget(f"{address.platform} {viewer or address.chat}")
        await self._store.forget(address, viewer)
        if viewer:
            await self._store.forget(address)


def _get_viewer(message: IncomingMessage) -> str:
    return message.user.chat if message.user else ""


def _find_page(card: Card) -> TurnedPage:
    """The page that a card is, if it has buttons to others."""
    from digestbot.store.chats.shown_lists import TurnedPage  # noqa: PLC0415  # late

    match = _PAGE.search(card.command)
    command, number = _PAGE.sub("", card.command), int(match[1]) if match else 1
    others = {f"{command} p{number - 1}", f"{command} p{number + 1}"}
    return TurnedPage(command, number) if any(button.command in others for button in card.buttons) else TurnedPage()


def find_opened_paper(card: Card) -> str:
    """The paper that a card is about, or the PDF that a person sent; empty if it is about none, or several."""
    match = _ONE_PAPER.match(card.command)
    return match[1] or match[2] if match else ""


def is_noted_card(card: Card) -> bool:
    """Whether something of a card is noted: the papers that it numbers, or the one that it is about."""
    return bool(find_opened_paper(card) or list_numbered_papers(card))


def list_numbered_papers(card: Card) -> dict[int, str]:
    """The papers of a card by their numbers in its list."""
    items = (block for block in card.blocks if isinstance(block, ListItem) and block.position is not None)
    papers = ((item.position, PaperId.from_url(item.url)) for item in items)
    return {position: paper.base_id for position, paper in papers if paper and position is not None}
