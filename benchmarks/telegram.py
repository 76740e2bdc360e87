"""Deliveries to Telegram through outbox, render, transport and mark, against a plain loop over ``Bot.send_message``."""

from __future__ import annotations

import asyncio
import html
import logging
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import structlog
from telegram import Bot
from telegram.constants import ParseMode
from telegram.request import HTTPXRequest

from benchmarks.claim import Claim, report_claims
from benchmarks.loopback import run_server
from benchmarks.mornings import SENTENCE, NoonClock, fill_store, make_digest
from digestbot.app import open_app, open_platform
from digestbot.cards.bundles import bundle_cards
from digestbot.cards.card import Card
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import digest_cards
from digestbot.core.answers.bundle_commands import format_bundle_command
from digestbot.core.answers.delivered_bundles import gather_bundle
from digestbot.domain.bundle import MAX_SHOWN_PAPERS
from digestbot.domain.subscription import Address, CardStyle, Preferences
from digestbot.domain.topic import Topic
from digestbot.platforms.telegram import TelegramPlatform
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing import classic
from digestbot.platforms.telegram.outgoing.keyboard import Keyboard
from digestbot.platforms.telegram.outgoing.rich import RichOptions, render_html, split_into_messages
from digestbot.settings import TelegramSettings, build_sqlite_url, load_settings
from digestbot.store.digests.digests import StoredDigest

RICH, CLASSIC = (
    build_capabilities(style, rich=True, can_choose_style=True) for style in (CardStyle.RICH, CardStyle.CLASSIC)
)
TOKEN = "1:benchmark-token"
SHORT = bool(os.environ.get("BENCH_SHORT"))
"""Whether this is the short form for the test suite: it runs through, and its figures say nothing."""
DELIVERIES, PLAIN, RENDERINGS = (100, 64, 2) if SHORT else (6_000, 600, 20)
CONNECTIONS, LATENCY = 64, 0.05


async def measure_delivery(folder: str, latency: float) -> float:
    """Messages a second from due to marked."""
    url = build_sqlite_url(Path(folder) / f"{latency}.db")
    async with open_app(load_settings(database_url=url, topics=[]), NoonClock()) as app:
        await fill_store(app, DELIVERIES, 3, lambda number: Address("telegram", str(number)))
        with run_server(latency) as server:
            settings = TelegramSettings(token=TOKEN, api_url=server, messages_per_second=10_000)
            platform = TelegramPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock)
            async with open_platform(platform):
                start = time.perf_counter()
                done = await app.build_delivery_service([platform]).run_cycle()
                took = time.perf_counter() - start
    assert done.sent == DELIVERIES, done
    return done.sent / took


async def measure_plain_loop(latency: float) -> float:
    """Messages a second of the plain loop: as many requests at once as the pool has connections."""
    text = "<b>Benchmark</b>\n" + html.escape(SENTENCE) * 40
    with run_server(latency) as server:
        request = HTTPXRequest(connection_pool_size=CONNECTIONS, pool_timeout=120)
        async with Bot(TOKEN, base_url=f"{server}/bot", request=request) as bot:
            chats = iter(range(PLAIN))
            start = time.perf_counter()
            await asyncio.gather(*(_send_all(bot, chats, text) for _ in range(CONNECTIONS)))
            return PLAIN / (time.perf_counter() - start)


async def _send_all(bot: Bot, chats: Iterable[int], text: str) -> None:
    for chat in chats:
        await bot.send_message(chat, text, parse_mode=ParseMode.HTML)


def measure_rendering() -> tuple[float, float]:
    """The shortest of some renderings of a 14-paper digest, and of escaping its text, in milliseconds."""
    topic, fourteen = Topic("benchmark", "Benchmark"), make_digest(14)
    view = RenderContext(capabilities=RICH)
    times, escaping = [], []
    for _ in range(RENDERINGS):
        start = time.perf_counter()
        written = _render_pages(digest_cards(topic, fourteen, view))
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        html.escape("".join(written))
        escaping.append(time.perf_counter() - start)
    return min(times) * 1000, min(escaping) * 1000


def measure_bundle() -> tuple[float, float]:
    """The shortest of some renderings of a bundle of ten topics and 60 papers, and of what it shows as one, in ms."""
    papers = make_digest(60)
    stored = [
        StoredDigest(
            at, Topic(f"t-{at}", f"Topic {at}"), replace(papers, entries=papers.entries[6 * at : 6 * at + 6]), ()
        )
        for at in range(10)
    ]
    view, twenty = RenderContext(capabilities=RICH), replace(papers, entries=papers.entries[:MAX_SHOWN_PAPERS])
    times, alone = [], []
    for _ in range(RENDERINGS):
        start = time.perf_counter()
        cards = bundle_cards(gather_bundle(stored), format_bundle_command(1), view, Preferences())
        _render_pages(cards)
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        _render_pages(digest_cards(Topic("benchmark", "Benchmark"), twenty, view))
        alone.append(time.perf_counter() - start)
    return min(times) * 1000, min(alone) * 1000


def _render_pages(cards: Iterable[Card]) -> list[str]:
    """What is sent of these cards in the rich style."""
    pages = (page for card in cards for page in split_into_messages(card))
    return [render_html(page, RichOptions("bench_bot"), Keyboard(page)) for page in pages]


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        far, near = asyncio.run(measure_delivery(folder, LATENCY)), asyncio.run(measure_delivery(folder, 0.0))
    far_plain, near_plain = asyncio.run(measure_plain_loop(LATENCY)), asyncio.run(measure_plain_loop(0.0))
    (page,) = [
        p
        for card in digest_cards(Topic("b", "B"), make_digest(3), RenderContext(capabilities=CLASSIC))
        for p in classic.split_into_messages(card)
    ]
    name = f"{DELIVERIES:,} digests of {len(classic.render_html(page)):,} characters, outbox to mark"
    loop = f"a plain loop over Bot.send_message, {CONNECTIONS} connections"
    rendered, escaped = measure_rendering()
    bundled, alone = measure_bundle()
    shown = f"a digest of the {MAX_SHOWN_PAPERS} papers that it shows"
    report_claims(
        Claim(f"{name}, 50 ms away", far, "messages/s", f"{loop}, 50 ms", far_plain, goal=2000, at_least=True),
        Claim(f"{name}, 0 ms away", near, "messages/s", f"{loop}, 0 ms", near_plain, 5, of_ratio=True, at_least=True),
        Claim("render a 14-paper digest, rich", rendered, "ms", "html.escape of the same text", escaped, goal=5),
        Claim("render a bundle of 10 topics and 60 papers, rich", bundled, "ms", shown, alone, goal=25),
    )


if __name__ == "__main__":
    main()
