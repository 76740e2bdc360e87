"""The card of a paper that is not stored, beside arXiv's own answer; and what a thousand who ask for one paper cost.

arXiv is served on loopback by a process of its own, ``python -m benchmarks.lookups serve``, and takes as long as the
real one often does; the delay between requests is left out. Our own time is what passes from the message to the card
beyond that.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
from aiohttp import web

from benchmarks.claim import Claim, report_claims
from digestbot.app import App, open_app
from digestbot.cards.card import Card
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.settings import build_sqlite_url, load_settings
from tests.builder.archive import ArxivServer, Submission, serve_archive

SHORT = bool(os.environ.get("BENCH_SHORT"))
PAPERS, PEOPLE = (3, 50) if SHORT else (40, 1_000)
_ANSWER_SECONDS = 0.3
_LIFETIME_SECONDS = 300
_ABSTRACT = "We propose a method for the estimation of stable fields with neural operators. It converges faster. " * 12


class Took(NamedTuple):
    """Seconds by the clock, and of the processor."""

    seconds: float
    processor: float


class SlowServer(ArxivServer):
    """arXiv, which takes a while to answer, and says how often it was asked."""

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        """Answer after a while."""
        if request.path == "/count":
            return web.json_response(len(self.asked))
        await asyncio.sleep(_ANSWER_SECONDS)
        return await super().handle_request(request)


async def serve() -> None:
    """Serve for five minutes at most; the first line says where."""
    async with serve_archive(SlowServer()) as arxiv:
        arxiv.add(*(Submission(f"2611.{n:05}", f"Stable fields {n}", _ABSTRACT) for n in range(1, PAPERS + 2)))
        print(json.dumps([arxiv.url, arxiv.api]), flush=True)
        await asyncio.sleep(_LIFETIME_SECONDS)


async def ask(app: App, number: str, person: int) -> Took:
    """How long it is from the message to the card."""
    start, processor = time.perf_counter(), time.process_time()
    reply = await app.dispatcher.handle_message(IncomingMessage(Address("console", str(person)), f"/paper {number}"))
    card = reply.card
    async for later in reply.updates or _iter_nothing():
        card = later
    took = Took(time.perf_counter() - start, time.process_time() - processor)
    assert card.ok, number
    assert "Stable fields" in str(card), number
    return took


async def _iter_nothing() -> AsyncIterator[Card]:
    nothing: tuple[Card, ...] = ()
    for card in nothing:
        yield card


async def measure_bare(session: aiohttp.ClientSession, api: str, number: str) -> float:
    """The seconds of the same request without us."""
    start = time.perf_counter()
    async with session.get(api, params={"id_list": number, "max_results": "1"}) as response:
        await response.read()
    return time.perf_counter() - start


@asynccontextmanager
async def open_looking_app(database: Path, api: str) -> AsyncIterator[App]:
    settings = load_settings(
        database_url=build_sqlite_url(database),
        builder={"arxiv_api": api, "arxiv_oai": "", "arxiv_delay_seconds": 0},
        papers={"lookup": True},
        allow_private_hosts=True,
    )
    async with open_app(settings) as app:
        yield app


async def measure(database: Path, url: str, api: str) -> tuple[Took, float, int]:
    """Our own time, arXiv's, and how often it was asked for the one paper."""
    numbers = [f"2611.{n:05}" for n in range(1, PAPERS + 1)]
    async with open_looking_app(database, api) as app, aiohttp.ClientSession() as session:
        await ask(app, numbers[0], 0)  # opens the connection and starts the parser, as a running bot has
        pairs = [
            (await ask(app, number, person), await measure_bare(session, api, number))
            for person, number in enumerate(numbers[1:], 1)
        ]
        own = Took(
            statistics.median(whole.seconds - bare for whole, bare in pairs),
            statistics.median(whole.processor for whole, _ in pairs),
        )
        before = await _count_asked(session, url)
        await asyncio.gather(*(ask(app, f"2611.{PAPERS + 1:05}", person) for person in range(PEOPLE)))
        return own, statistics.median(bare for _, bare in pairs), await _count_asked(session, url) - before


async def _count_asked(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(f"{url}/count") as response:
        return int(await response.json())


def main() -> None:
    command = [sys.executable, "-m", "benchmarks.lookups", "serve"]
    with tempfile.TemporaryDirectory() as temporary, subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout
            addresses = json.loads(server.stdout.readline())
            own, bare, asked = asyncio.run(measure(Path(temporary) / "a.db", *addresses))
        finally:
            server.kill()
    report_claims(
        Claim(
            "card of a paper that is not stored, own time",
            own.seconds,
            "s",
            "arXiv's answer alone",
            bare,
            goal=0.1,
            processor=own.processor,
        ),
        Claim(f"requests for {PEOPLE:,} who ask for one paper", asked, "", "people", PEOPLE, goal=1),
    )


if __name__ == "__main__":
    asyncio.run(serve()) if sys.argv[1:] == ["serve"] else main()
