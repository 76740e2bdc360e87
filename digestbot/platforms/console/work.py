"""Work that goes on at a terminal: a line says how far it is, and Ctrl-C ends it alone."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console
from rich.status import Status
from rich.text import Text

from digestbot.cards.card import Card, list_sentences
from digestbot.cards.text import drop_control_characters
from digestbot.core.answers.live_cards import EndReason
from digestbot.platforms.common.live_answers import LiveAnswer

_GRACE_SECONDS = 0.2
"""How long a card may turn out to be the last one before it is shown as one that others follow."""


class QuickScreen:
    """A screen that takes everything at once."""

    async def wait_for_turn(self) -> None:
        """Wait a moment: a card that is the last one is shown once."""
        await asyncio.sleep(_GRACE_SECONDS)


async def show_work(console: Console, card: Card, work: LiveAnswer, show_card: Callable[[Card], None]) -> None:
    """Tell how far the work is, and show the card that it ends with.

    On a terminal one line is replaced again and again, and Ctrl-C ends the work; elsewhere each thing is told once.
    """
    is_terminal = console.is_terminal
    interrupts = _end_at_interrupt(work) if is_terminal else nullcontext()
    line: AbstractContextManager[Callable[[str], None]] = (
        _replace_line(console) if is_terminal else nullcontext(lambda text: console.print(f"… {text}", soft_wrap=True))
    )
    last: list[Card] = []
    with interrupts, line as write:
        screen = _LineScreen(write, last)
        await screen.show(card)
        await work.begin(screen)
    for one in last or [card]:
        show_card(one)


class _LineScreen(QuickScreen):
    """Each card as a line, until the last one."""

    def __init__(self, write: Callable[[str], None], last: list[Card]) -> None:
        self._write = write
        self._last = last
        self._said = ""

    async def show(self, card: Card) -> bool:
        text = " · ".join(list_sentences(card))
        if text and text != self._said:
            self._write(drop_control_characters(text).replace("\n", " "))
            self._said = text
        return False

    async def finish(self, card: Card, *, is_shown: bool) -> None:  # noqa: ARG002  # a line is no card
        self._last.append(card)


@contextmanager
def _replace_line(console: Console) -> Iterator[Callable[[str], None]]:
    """Writes a line in place of the one before, which is gone at the end."""

    with Status("", console=console) as status:
        yield lambda text: status.update(Text(text, no_wrap=True, overflow="ellipsis"))


@contextmanager
def _end_at_interrupt(work: LiveAnswer) -> Iterator[None]:
    """Let Ctrl-C end the work, and nothing else; only the main thread is told of it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    former = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(work.end, EndReason.CANCELLED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
