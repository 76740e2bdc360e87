"""Discord: a digest rendered, channels posted to at Discord's own limit, and members' answers over 50,000 papers."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import structlog

from benchmarks import search
from benchmarks.claim import Claim, report_claims
from benchmarks.command_times import compute_percentile_99
from benchmarks.discord_server import FIRST_CHANNEL, GUILD, run_server
from benchmarks.mornings import NoonClock, fill_store, make_digest
from digestbot.app import App, open_app, open_platform
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import digest_cards
from digestbot.core.ports import Clock, SystemClock
from digestbot.domain.subscription import Address
from digestbot.domain.topic import Topic
from digestbot.figures.downloads import FigureAvailability, FigureDownloader
from digestbot.platforms.discord import DiscordPlatform
from digestbot.platforms.discord.incoming.context import COMMON_CAPABILITIES
from digestbot.platforms.discord.outgoing.message import build_messages
from digestbot.settings import DiscordSettings, build_sqlite_url, load_settings
from tests.fakes import UNLIMITED

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.not-a-token-of-anybody-at-all"
SHORT = bool(os.environ.get("BENCH_SHORT"))
"""Whether this is the short form for the test suite: it runs through, and its figures say nothing."""
POSTS, QUERIES, PAPERS, RENDERINGS = (60, 5, 200, 2) if SHORT else (900, 300, search.PAPERS, 20)
LIMIT = 50
"""Requests a second that Discord allows a bot (discord.com/developers/docs/topics/rate-limits)."""


@asynccontextmanager
async def open_connection(app: App, url: str) -> AsyncIterator[DiscordPlatform]:
    settings = DiscordSettings(token=TOKEN, api_url=url)
    platform = DiscordPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock, answer_limits=UNLIMITED)
    async with open_platform(platform):
        yield platform


def open_database(folder: str, name: str, clock: Clock) -> AbstractAsyncContextManager[App]:
    return open_app(load_settings(database_url=build_sqlite_url(Path(folder) / name), topics=[]), clock)


async def measure_posts(folder: str) -> tuple[float, int]:
    """Posts a second from due to marked, after the first second's burst; and how many requests were refused."""
    async with open_database(folder, "posts.db", NoonClock()) as app:
        await fill_store(app, POSTS, 3, lambda n: Address("discord", str(GUILD), str(FIRST_CHANNEL + n)))
        with run_server("limit") as (url, give):
            async with open_connection(app, url) as platform:
                await asyncio.sleep(1)  # what connecting took of the limit is given back
                start = time.perf_counter()
                done = await app.build_delivery_service([platform]).run_cycle()
                took = time.perf_counter() - start
            seen = await give({})
    assert done.sent == POSTS == seen["posted"], (done, seen)
    return done.sent / took, seen["refused"]


async def measure_answers(folder: str) -> tuple[list[float], list[float], list[float]]:
    """Seconds from an interaction to its answer's body: /search, autocomplete, and the bare look-up in the store."""
    words = search.make_terms()[:QUERIES]
    async with open_database(folder, "papers.db", SystemClock()) as app:
        await search.fill_store(app, PAPERS)
        bare = []
        for term in words:
            start = time.perf_counter()
            await app.catalog.search(term)
            bare.append(time.perf_counter() - start)
        with run_server("members") as (url, give):
            async with open_connection(app, url) as platform:
                listening = asyncio.create_task(platform.listen(app.dispatcher.handle_message))
                took = await give({"words": words})
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
    return [found for found, _ in took], [typed for _, typed in took], bare


def measure_rendering() -> tuple[float, float]:
    """The shortest of some renderings of a 14-paper digest to components, and of writing those as JSON, in ms."""
    topic, fourteen, shown = Topic("benchmark", "Benchmark"), make_digest(14), FigureAvailability(FigureDownloader())
    times, writing = [], []
    for _ in range(RENDERINGS):
        start = time.perf_counter()
        cards = digest_cards(topic, fourteen, RenderContext(capabilities=COMMON_CAPABILITIES))
        made = [part.build_view({}).to_components() for card in cards for part in build_messages(card, shown)]
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        json.dumps(made)
        writing.append(time.perf_counter() - start)
    return min(times) * 1000, min(writing) * 1000


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        rate, refused = asyncio.run(measure_posts(folder))
        found, typed, bare = asyncio.run(measure_answers(folder))
    rendered, written = measure_rendering()
    over = f"over {PAPERS:,} papers, interaction to response body, 99% of {QUERIES}"
    report_claims(
        Claim("render a 14-paper digest", rendered, "ms", "json.dumps of its components", written, goal=5),
        Claim(f"{POSTS} channel posts, outbox to mark", rate, "posts/s", "Discord's limit", LIMIT, 45, at_least=True),
        Claim("posts without a 429", POSTS - refused, "posts", "posts sent", POSTS, goal=POSTS, at_least=True),
        Claim(
            f"/search {over}",
            compute_percentile_99(found),
            "ms",
            "the store's search, 99%",
            compute_percentile_99(bare),
            goal=100,
        ),
        Claim(
            f"autocomplete {over}",
            compute_percentile_99(typed),
            "ms",
            "the store's search, 99%",
            compute_percentile_99(bare),
            goal=100,
        ),
    )


if __name__ == "__main__":
    main()
