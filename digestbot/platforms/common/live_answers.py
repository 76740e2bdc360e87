"""Answers whose work goes on beside the messages of a platform: bounded, and ended in order.

The cards come as fast as the work makes them, and a message is changed as fast as the platform takes it: of the cards
that came meanwhile, only the newest is shown. The last one is shown in any case.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from digestbot.cards.card import Card
from digestbot.core.answers.live_cards import EndReason, build_end_card
from digestbot.core.ports import Reply
from digestbot.platforms.common.tasks import finish_tasks

_FINISHING_SHARE = 0.3
"""The part of the time to stop in which work may still come to its own end."""
_CLOSING_SECONDS = 0.5
"""How long work that is ended may close what it has opened before somebody is told."""
_log = structlog.get_logger(__name__)


class NobodySeesError(Exception):
    """The message and its chat are out of reach: there is nobody to go on for."""


async def close_updates(reply: Reply) -> None:
    """Stop the work of an answer that nobody goes on with."""
    if reply.updates:
        await reply.updates.aclose()


class LiveScreen(Protocol):
    """Where the cards of one answer are shown: in one message of a platform."""

    async def wait_for_turn(self) -> None:
        """Wait until the message may be changed for a card that can be left out."""

    async def show(self, card: Card) -> bool:
        """Show a card that another one follows, trying once; whether it is there.

        Raises :class:`NobodySeesError` where no further card can be seen.
        """

    async def finish(self, card: Card, *, is_shown: bool) -> None:
        """Show the card that stays, trying again as often as there is hope; ``is_shown``: it is in the message already.

        What of it does not fit into the message follows below.
        """


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """How much goes on at once: for a person, in a chat of many, and in all; and for how long, in seconds."""

    of_person: int = 5
    in_chat: int = 20
    in_all: int = 1000
    seconds: float = 3600.0


class LiveAnswers:
    """All the work that goes on beside a platform's messages."""

    def __init__(self, limits: LiveLimits | None = None) -> None:
        self._limits = limits or LiveLimits()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._answers: dict[asyncio.Task[None], LiveAnswer] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def present_reply(
        self, reply: Reply, person: str, chat: str, show: Callable[[Card], Awaitable[LiveScreen]]
    ) -> None:
        """Show an answer's first card, and go on with it where that is: ``show`` sends it, and gives its screen.

        ``chat`` is where others read along. Where ``show`` raises, the work is stopped.
        """
        card, answer = self.admit(reply, person, chat)
        try:
            screen = await show(card)
        except BaseException:
            if answer:
                await answer.drop()
            raise
        if answer:
            answer.begin(screen)

    def admit(self, reply: Reply, person: str, chat: str = "") -> tuple[Card, LiveAnswer | None]:
        """The card to show first, and what goes on after it, which has to be begun or dropped.

        ``chat`` is where others read along. There is nothing more where the reply has no updates, or where too much
        goes on already: the card says so then.
        """
        if reply.updates is None:
            return reply.card, None
        keys = [("all", ""), ("person", person), *([("chat", chat)] if chat and chat != person else [])]
        if reason := self._find_refusal(keys):
            self._run_beside(close_updates(reply))
            return build_end_card(reply.preferences.language, reason, reply.command), None
        self._counts.update(keys)
        return reply.card, LiveAnswer(self, reply, keys, self._limits.seconds)

    def _find_refusal(self, keys: list[tuple[str, str]]) -> EndReason | None:
        if self._is_closed:
            return EndReason.STOPPED
        limits = {"all": self._limits.in_all, "person": self._limits.of_person, "chat": self._limits.in_chat}
        return EndReason.TOO_MANY if any(self._counts[key] >= limits[key[0]] for key in keys) else None

    def begin(self, answer: LiveAnswer, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let an answer go on in a task of its own."""
        task = asyncio.create_task(work)
        self._answers[task] = answer
        task.add_done_callback(self._on_done)
        if self._is_closed:
            answer.end(EndReason.STOPPED)
        return task

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self.release(self._answers.pop(task).keys)
        if not task.cancelled() and (error := task.exception()):
            _log.error("live_answer_failed", exc_info=error)

    def release(self, keys: list[tuple[str, str]]) -> None:
        """Leave the places to others."""
        self._counts.subtract(keys)
        for key in keys:
            if self._counts[key] <= 0:
                del self._counts[key]

    def _run_beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    @property
    def count(self) -> int:
        """How many answers go on."""
        return len(self._answers)

    async def close(self, seconds: float) -> None:
        """End everything within so many seconds: what does not come to its own end is interrupted, and says so."""
        self._is_closed = True
        if self._answers:
            await asyncio.wait(list(self._answers), timeout=_FINISHING_SHARE * seconds)
        for answer in self._answers.values():
            answer.end(EndReason.STOPPED)
        await finish_tasks([*self._answers, *self._closing], (1 - _FINISHING_SHARE) * seconds)


class LiveAnswer:
    """One answer whose work goes on."""

    def __init__(self, answers: LiveAnswers, reply: Reply, keys: list[tuple[str, str]], seconds: float) -> None:
        self.keys = keys
        self._answers = answers
        self._reply = reply
        self._seconds = seconds
        self._newest: Card | None = None
        self._has_news = asyncio.Event()
        self._is_over = asyncio.Event()
        self._end_reason: EndReason | None = None

    def begin(self, screen: LiveScreen) -> asyncio.Task[None]:
        """Show what comes on the screen, beside everything else."""
        return self._answers.begin(self, self._run(screen))

    async def drop(self) -> None:
        """Stop the work before it was begun."""
        self._answers.release(self.keys)
        await close_updates(self._reply)

    def end(self, reason: EndReason) -> None:
        """Let the work end without a result, unless it has one."""
        if not self._is_over.is_set():
            self._end_reason = reason
            self._is_over.set()

    async def _run(self, screen: LiveScreen) -> None:
        """Show what comes on the screen, until the work ends or is ended."""
        reading = asyncio.create_task(self._read_cards())
        timer = asyncio.get_running_loop().call_later(self._seconds, self.end, EndReason.TOO_LONG)
        try:
            shown = await self._show_progress(screen)
            await self._stop(reading)
            card = self._get_last_card()
            if card is not None:
                await screen.finish(card, is_shown=shown is card)
        except NobodySeesError:
            _log.info("live_answer_not_shown")
        finally:
            timer.cancel()
            await self._stop(reading)

    async def _read_cards(self) -> None:
        assert self._reply.updates is not None, "without updates there is no such answer"  # noqa: S101  # for the type checker
        try:
            async with aclosing(self._reply.updates) as updates:
                async for card in updates:
                    self._newest = card
                    self._has_news.set()
        except Exception:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            _log.exception("live_answer_failed")
            self.end(EndReason.FAILED)
        finally:
            self._is_over.set()

    async def _show_progress(self, screen: LiveScreen) -> Card | None:
        """Show the newest card whenever the screen takes one, until the work is over; what is shown last."""
        shown: Card | None = None
        while await self._wait_unless_over(self._has_news.wait()):
            if not await self._wait_unless_over(screen.wait_for_turn()):
                break
            self._has_news.clear()
            card = self._newest
            if card is not None and await screen.show(card):
                shown = card
        return shown

    async def _wait_unless_over(self, waiting: Coroutine[Any, Any, Any]) -> bool:
        """Whether what is waited for comes before the work is over."""
        waits = asyncio.create_task(waiting)
        over = asyncio.create_task(self._is_over.wait())
        try:
            await asyncio.wait({waits, over}, return_when=asyncio.FIRST_COMPLETED)
            if waits.done():
                waits.result()
            return not self._is_over.is_set()
        finally:
            for task in (waits, over):
                task.cancel()
            await asyncio.gather(waits, over, return_exceptions=True)

    async def _stop(self, reading: asyncio.Task[None]) -> None:
        """End the reading of cards; the work itself has a moment to close what it has opened."""
        reading.cancel()
        await asyncio.wait({reading}, timeout=_CLOSING_SECONDS)

    def _get_last_card(self) -> Card | None:
        """The card that stays."""
        if self._end_reason is None:
            return self._newest
        return build_end_card(self._reply.preferences.language, self._end_reason, self._reply.command)
