"""A complete platform adapter: Parlour, an invented chat service with an HTTP API. CONTRIBUTING.md explains it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp

from digestbot import errors
from digestbot.cards import card as blocks
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.split import ContentSize, split_card
from digestbot.cards.text import drop_control_characters, math_to_text
from digestbot.core.delivery.rate_limiter import Rate, RateLimiter, RateLimits
from digestbot.core.ports import STANDALONE, IncomingMessage, LeaderCheck, ReplyHandler, SendContext, Webhook
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.common.live_answers import LiveAnswers
from digestbot.platforms.common.live_message import LiveMessage

_GONE, _REFUSED = errors.PermanentDeliveryError, errors.RejectedMessageError
_ERRORS = {400: _REFUSED, 401: errors.SettingsError, 403: _GONE, 404: _GONE}


class ParlourPlatform:
    """Sends cards to Parlour's rooms, and answers what people type there."""

    name, listener_key = "parlour", "parlour"  # one process listens for a token
    webhook: Webhook | None = None

    def __init__(self, url: str, token: str) -> None:
        limits = RateLimits(token=Rate(20, 1.0), chat=Rate(5, 5.0), burst=Rate(5, 5.0), group=Rate(20, 60.0))
        self._url, self._rate_limiter, self._live = url, RateLimiter(limits), LiveAnswers()
        self._session = aiohttp.ClientSession(headers={"Authorization": token})

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:
        return Capabilities(buttons=False, details=False)  # nothing collapses, and commands are typed

    def render(self, card: blocks.Card, card_style: CardStyle) -> list[str]:
        """The card as messages; the last one names the commands of its buttons."""
        commands = "".join(f"\n/{escape(b.command)}  {escape(b.label)}" for b in card.buttons if b.command)
        limit = ContentSize(2_000 - len(commands), blocks=10_000, media=10_000)  # characters of a message
        cards = split_card(card, lambda block: ContentSize(len(render_block(block)) + 1), limit)
        *messages, last = ("\n".join(map(render_block, part.blocks)) for part in cards)
        return [*messages, last + commands]

    async def acquire(self, address: Address) -> None:
        if wait := self._rate_limiter.flood_wait_seconds(address.chat):
            raise errors.RateLimitedError(f"Parlour asks to wait {wait:.0f} s", wait)
        await self._rate_limiter.acquire_for_delivery(address.chat, group=False)

    async def send(self, address: Address, message: str, context: SendContext = STANDALONE) -> str:
        """Post a message, in place of an earlier one with its key. Raises :class:`~digestbot.errors.DeliveryError`."""
        try:
            await self._request("POST", "/messages", room=address.chat, text=message, key=context.idempotency_key)
        except errors.RateLimitedError as error:
            self._rate_limiter.record_flood_wait(address.chat, error.retry_after)
            raise
        self._rate_limiter.record_success()
        return ""  # Parlour has no threads

    async def listen(self, reply_handler: ReplyHandler, is_leading: LeaderCheck = lambda: True) -> None:
        last_id = 0
        while True:
            try:
                for event in await self._request("GET", f"/events?after={last_id}"):
                    last_id = event["id"]
                    if is_leading():  # else this process was paused
                        message = replace(self._to_message(event), sender=self)
                        reply, show = await reply_handler(message), partial(self._answer, message.address)
                        await self._live.present_reply(reply, event["user"], event["room"], show)
            except errors.DeliveryError as error:
                await asyncio.sleep(error.retry_after if isinstance(error, errors.RateLimitedError) else 1)

    async def _answer(self, address: Address, card: blocks.Card) -> LiveMessage[str]:
        async def answer(text: str, key: str = "") -> None:
            await self._rate_limiter.acquire_for_answer(address.chat, group=False)
            await self.send(address, text, SendContext(key))

        render, edit = partial(self.render, card_style=CardStyle.CLASSIC), partial(answer, key=uuid4().hex[:25])
        wait = partial(self._rate_limiter.acquire_for_progress, address.chat, group=False)
        return await LiveMessage(render, edit, answer, wait).put(card)  # which takes others as work goes on

    def _to_message(self, event: dict[str, str]) -> IncomingMessage:
        room, user, text, language = (event[key] for key in ("room", "user", "text", "language"))
        message = IncomingMessage(Address(self.name, room), text, language, capabilities_for=self.capabilities_for)
        if room == user:  # a private room is named after its person
            return message

        async def ask() -> bool:  # called only for commands that need it
            return user in await self._request("GET", f"/rooms/{room}/moderators")

        return replace(message, user=Address(self.name, user), is_moderator=ask, title=room, moderator_chat=user)

    async def connect(self) -> None:
        """Log in, as often as it takes. Raises :class:`SettingsError` if Parlour refuses the token."""
        while True:
            with suppress(errors.DeliveryError):
                return await self._request("GET", "/me")  # type: ignore[no-any-return]
            await asyncio.sleep(1)

    async def close(self) -> None:
        await self._live.close(seconds=2)
        await self._session.close()

    async def _request(self, method: str, path: str, **body: str) -> Any:
        try:
            async with self._session.request(method, self._url + path, json=body or None) as response:
                result = await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:  # without a connection nothing left: safe to retry
            unsent = isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError)
            raise (errors.TemporaryDeliveryError if unsent else errors.AmbiguousDeliveryError)("no answer") from None
        if response.ok:
            return result
        if response.status == 429:
            raise errors.RateLimitedError(result["reason"], result["retry_after"])
        raise _ERRORS.get(response.status, errors.TemporaryDeliveryError)(result["reason"])


def render_block(block: blocks.Block) -> str:
    match block:
        case blocks.Heading(line) | blocks.Paragraph(line):
            return render_line(line)
        case blocks.Bullets(items):
            return "\n".join(f"• {render_line(item)}" for item in items)
        case blocks.Details(summary, hint=hint):
            return escape(f"{summary}: {hint}")
        case blocks.Figures(figures, labels):
            return "\n".join(f"{escape(label)}: {figure.url}" for figure, label in zip(figures, labels, strict=True))
        case blocks.ListItem(position, title, lines=lines, blocks=inner, lead=lead):
            rows = [*map(render_line, filter(None, (lead, title, *lines))), *map(render_block, inner)]
            return f"{position or '•'} " + "\n".join([*rows, *(f"/{escape(b.command)}" for b in [block.button] if b)])
        case blocks.Notice(text) | blocks.Code(text):
            return escape(text)


def render_line(line: blocks.Line) -> str:
    texts = (escape(math_to_text(run.source) if isinstance(run, blocks.Math) else run.text) for run in line)
    urls = (f" ({run.url})" if isinstance(run, blocks.Link) and run.url != run.text else "" for run in line)
    return "".join(text + url for text, url in zip(texts, urls, strict=True))


def escape(text: str) -> str:
    """Text that mentions nobody, which is Parlour's only markup: a word joiner after the @ prevents it."""
    return drop_control_characters(text).replace("@\u2060", "@").replace("@", "@\u2060")
