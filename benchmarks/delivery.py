"""Delivering to a Telegram server on loopback that answers at once, for 1,000 to 100,000 chats, beside the transport.

The bot is a process of its own, ``python -m benchmarks.delivery DATABASE SERVER MOST``: so its memory is its own too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from telegram import Bot

from benchmarks.claim import Claim, report_claims
from benchmarks.loopback import run_server
from benchmarks.mornings import NoonClock, fill_store, make_digest
from digestbot.app import open_app, open_platform
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import digest_cards
from digestbot.core.delivery.metrics import DeliveryOutcome, NullMetrics
from digestbot.core.delivery.service import DeliveryService
from digestbot.domain.subscription import Address, CardStyle
from digestbot.domain.topic import Topic
from digestbot.platforms.telegram import TelegramPlatform
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing.classic import render_html, split_into_messages
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard
from digestbot.platforms.telegram.transport import AiohttpRequest
from digestbot.service import tune_garbage_collector
from digestbot.settings import TelegramSettings, build_sqlite_url, load_settings

TOKEN = "1:benchmark-token"
SHORT = bool(os.environ.get("BENCH_SHORT"))
SIZES = (100,) if SHORT else (1_000, 10_000, 100_000)
HUGE, OF_HUGE = (300, 100) if SHORT else (1_000_000, 20_000)
"""So many chats are due, and so many of them are delivered to while memory is looked at."""
CONNECTIONS = 64


class CountingMetrics(NullMetrics):
    """Sets an event when so many are sent."""

    def __init__(self, most: int) -> None:
        self.left, self.enough = most, asyncio.Event()

    def record_outcome(self, platform: str, outcome: DeliveryOutcome, lag_seconds: float) -> None:  # noqa: ARG002
        """One came to an end."""
        self.left -= outcome is DeliveryOutcome.SENT
        if self.left <= 0:
            self.enough.set()


async def run_bot(url: str, server: str, most: int) -> dict[str, float]:
    """Deliver so many: messages a second from the planning on, and the most memory that the process had, in MB."""
    tune_garbage_collector()  # as the command line does
    async with open_app(load_settings(database_url=url, topics=[], delivery_jitter_seconds=0), NoonClock()) as app:
        settings = TelegramSettings(token=TOKEN, api_url=server, messages_per_second=100_000)
        platform = TelegramPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock)
        async with open_platform(platform):
            watch = CountingMetrics(most)
            delivering: DeliveryService = app.build_delivery_service([platform], metrics=watch)
            start = time.perf_counter()
            running = asyncio.create_task(delivering.run(0.1))
            await asyncio.wait([running, asyncio.create_task(watch.enough.wait())], return_when="FIRST_COMPLETED")
            took = time.perf_counter() - start
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    return {"rate": most / took, "memory": _most_memory()}


def _most_memory() -> float:
    """The most that this program had, in MB; what the process that started it had is not in it."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"))
    assert peak, "Linux tells it"
    return int(peak[1]) / 1024


async def fill_database(url: str, size: int) -> None:
    """So many chats whose digest is due."""
    async with open_app(load_settings(database_url=url, topics=[]), NoonClock()) as app:
        await fill_store(app, size, 3, lambda number: Address("telegram", str(number)))


def measure_delivery(folder: str, size: int, most: int) -> dict[str, float]:
    """What the bot's process did."""
    url = build_sqlite_url(Path(folder) / f"{size}.db")
    asyncio.run(fill_database(url, size))
    with run_server(0.0) as server:
        words = [sys.executable, "-m", "benchmarks.delivery", url, server, str(most)]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    (Path(folder) / f"{size}.db").unlink()
    found: dict[str, float] = json.loads(done.stdout)
    return found


async def measure_transport(size: int) -> float:
    """Messages a second of the transport alone: a plain loop over the same message, and no store."""
    can = build_capabilities(CardStyle.CLASSIC, rich=True, can_choose_style=True)
    (page,) = [
        p
        for card in digest_cards(Topic("b", "B"), make_digest(3), RenderContext(capabilities=can))
        for p in split_into_messages(card)
    ]
    text, rows = render_html(page), Keyboard(page).build_rows()
    with run_server(0.0) as server:
        async with Bot(TOKEN, base_url=f"{server}/bot", request=AiohttpRequest(CONNECTIONS)) as plain:
            chats = iter(range(1, size + 1))

            async def send_all() -> None:
                for chat in chats:
                    message = {"chat_id": chat, "text": text, "parse_mode": "HTML"}
                    await plain.do_api_request(
                        "sendMessage", api_kwargs=message | {"reply_markup": {"inline_keyboard": rows}}
                    )

            start = time.perf_counter()
            await asyncio.gather(*(send_all() for _ in range(CONNECTIONS)))
            return size / (time.perf_counter() - start)


def iter_claims() -> Iterator[Claim]:
    """A rate for each size beside the transport's, and the memory at the largest beside that at the smallest."""
    with tempfile.TemporaryDirectory() as folder:
        memory = {}
        for size in SIZES:
            plain = asyncio.run(measure_transport(min(size, 20_000)))
            found = measure_delivery(folder, size, size)
            memory[size] = found["memory"]
            text, other = f"deliver to {size:,} chats, planned to marked", "the transport alone in a plain loop"
            small = size < 100_000  # starting up weighs more
            goal = 0.1 if small else 0.7
            yield Claim(text, found["rate"], "messages/s", other, plain, goal, of_ratio=True, at_least=True)
        found = measure_delivery(folder, HUGE, OF_HUGE)
        text = f"memory with {HUGE:,} chats due, {OF_HUGE:,} delivered"
        yield Claim(text, found["memory"], "MB", f"with {SIZES[0]:,}", memory[SIZES[0]], goal=200)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if len(sys.argv) == 4:
        print(json.dumps(asyncio.run(run_bot(sys.argv[1], sys.argv[2], int(sys.argv[3])))))
    else:
        report_claims(*iter_claims())


if __name__ == "__main__":
    main()
