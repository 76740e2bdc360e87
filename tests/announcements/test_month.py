"""A month of following: a holiday, missed days, replaced papers and stops anywhere; nothing is lost or comes twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from digestbot.app import App, open_app, open_harvester
from digestbot.cards.card import Card
from digestbot.core.answers.shown_lists import list_numbered_papers
from digestbot.core.ports import STANDALONE, IncomingMessage, SendContext
from digestbot.domain.arxiv.announcement import AnnouncementKind
from digestbot.domain.paper import Paper
from digestbot.domain.queries import parse_query
from digestbot.domain.subscription import Address
from digestbot.settings import Settings, load_settings
from tests.announcements.arxiv import AnnouncingServer
from tests.builder.archive import Submission
from tests.fakes import ManualClock, RecordingPlatform
from tests.places import TIMES

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 30)
HOLIDAY = date(2026, 11, 27)
"""The day after Thanksgiving: nothing is announced on the evening before."""
MISSED = (date(2026, 11, 11), date(2026, 11, 12))
"""The bot does not run on these days."""
READERS = 200 if TIMES > 1 else 16
PAPERS_A_DAY = 6
FOLLOWS = (
    '"gaussian splatting"', "protein folding", "protein OR enzyme", "diffusion -video", 'author:"Ada Kim"',
    "author:Okafor",
    "cat:cs.RO", "cat:cs.CL", "title:survey", "错误 纠正", '"error correction" cat:quant-ph', "robot OR drone",
    "splatting avatar", '"radiance fields"', "enzyme design", "video",
)  # fmt: skip
WORDS = (
    "gaussian splatting", "protein folding", "protein", "enzyme design", "diffusion", "video", "survey", "robot",
    "drone",
    "radiance fields", "error correction", "avatars", "纠正错误", "weather", "language models", "proofs",
)  # fmt: skip
AUTHORS = ("Ada Kim", "Bo Lin", "Chidi Okafor", "Dora Weiß", "A. Kim", "Eve Kimura")
CATEGORIES = ("cs.RO", "cs.CL", "cs.CV", "quant-ph", "q-bio.BM")


class KeyedPlatform(RecordingPlatform):
    """A platform that drops the second copy of a message, as Discord does."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: set[str] = set()
        self.calls_until_stop = 0
        self.stop: Callable[[], object] = bool

    async def send(self, address: Address, message: Card, context: SendContext = STANDALONE) -> str:
        self.calls_until_stop -= 1
        if self.calls_until_stop == 0:
            self.stop()
        if context.idempotency_key not in self._keys:
            self._keys.add(context.idempotency_key)
            await super().send(address, message, context)
        await asyncio.sleep(0)  # it has arrived, and nobody knows yet
        return ""


class Month:
    """What arXiv announces, who follows what, and what each reader is to get of it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # what happens, not a secret
        self.announced: dict[date, list[Submission]] = {}
        self.follows = {
            Address("console", str(number)): self.random.sample(FOLLOWS, self.random.randint(1, 3))
            for number in range(READERS)
        }

    def make_papers(self, day: date) -> list[Submission]:
        """A day's new papers."""
        self.announced[day] = [self._make_paper(day, number) for number in range(PAPERS_A_DAY)]
        return self.announced[day]

    def _make_paper(self, day: date, number: int) -> Submission:
        first, *others = self.random.sample(WORDS, 3)
        return Submission(
            f"{day:%y%m}.{day.day:02}{number:03}",
            f"A {first} of {day:%d %B} {number}",
            f"We study {others[0]} and {others[1]}.",
            tuple(self.random.sample(AUTHORS, 2)),
            categories=tuple(self.random.sample(CATEGORIES, self.random.randint(1, 2))),
            published=datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=1),
        )

    def list_wanted(self, address: Address) -> Counter[str]:
        """The papers that a reader is to get, each once."""
        queries = [parse_query(expression) for expression in self.follows[address]]
        papers = (paper for announced in self.announced.values() for paper in announced)
        return Counter(
            one.number for one in papers if any(query.matches(_to_paper(one), one.categories) for query in queries)
        )


def _to_paper(one: Submission) -> Paper:
    return Paper(one.number, one.version, one.title, one.authors, one.abstract, one.comment)


def iter_days() -> Iterator[date]:
    """The days of the month on which arXiv announces."""
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    return (day for day in days if day.weekday() < 5 and day != HOLIDAY)


@asynccontextmanager
async def open_bot(database_url: str, arxiv: AnnouncingServer, clock: ManualClock) -> AsyncIterator[App]:
    addresses = {"arxiv_api": arxiv.api, "arxiv_oai": arxiv.oai, "arxiv_pages": arxiv.url, "arxiv_delay_seconds": 0}
    settings: Settings = load_settings(
        database_url=database_url,
        builder=addresses,
        announcements={"archives": ["cs", "quant-ph", "q-bio"]},
        allow_private_hosts=True,
        delivery_jitter_seconds=0,
    )
    async with open_app(settings, clock) as app:
        yield app


async def harvest(app: App) -> None:
    async with open_harvester(app) as harvester:
        await harvester.harvest_due()


async def stop_at_request(arxiv: AnnouncingServer, work: asyncio.Task[Any], count: int) -> None:
    """Cancel a harvest while arXiv has not answered its so-manieth request, or let it end before."""
    count += len(arxiv.asked)
    while not work.done() and len(arxiv.asked) < count:
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def stop_at_message(platform: KeyedPlatform, work: asyncio.Task[Any], count: int) -> None:
    """Cancel deliveries while their so-manieth message leaves, or let them end before; what is on its way ends."""
    before = asyncio.all_tasks()
    platform.calls_until_stop, platform.stop = count, work.cancel
    await asyncio.gather(work, return_exceptions=True)
    await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)
    platform.calls_until_stop = 0


@ON_SQLITE
async def test_a_month_of_following_loses_nothing_and_brings_nothing_twice(
    database_url: str, arxiv: AnnouncingServer
) -> None:
    month, clock, platform = Month(21), ManualClock("2026-11-01 12:00"), KeyedPlatform()
    arxiv.announce(FIRST - timedelta(days=3), month._make_paper(FIRST - timedelta(days=3), 0))
    async with open_bot(database_url, arxiv, clock) as app:
        await harvest(app)
        for address, expressions in month.follows.items():
            for expression in expressions:
                message = IncomingMessage(address, f"/follows add {expression}", "en")
                assert (await app.dispatcher.handle_message(message)).card.ok, expression
    for day in iter_days():
        arxiv.announce(day, *month.make_papers(day))
        announce_changes(arxiv, month, day)
        if day not in MISSED:
            await run_day(database_url, arxiv, clock, month, platform, day)
    got: dict[Address, Counter[str]] = {address: Counter() for address in month.follows}
    for address, card in platform.sent:
        got[address].update(list_numbered_papers(card).values())
    wanted = {address: month.list_wanted(address) for address in month.follows}
    assert got == wanted
    assert sum(map(len, wanted.values())) > 5 * READERS


def announce_changes(arxiv: AnnouncingServer, month: Month, day: date) -> None:
    """New versions of what was announced a week before: one replaced, one withdrawn; neither is new to anybody."""
    before = month.announced.get(day - timedelta(days=7))
    if not before:
        return
    for number, comment in ((0, "12 pages"), (1, "This paper has been withdrawn by the authors")):
        old = before[number]
        newer = Submission(old.number, old.title, old.abstract, old.authors, 2, comment, old.categories, old.published)
        arxiv.announce(day, newer, kind=AnnouncementKind.REPLACEMENT)


async def run_day(
    database_url: str, arxiv: AnnouncingServer, clock: ManualClock, month: Month, platform: KeyedPlatform, day: date
) -> None:
    """A night and its morning: the bot is stopped somewhere in harvesting, and in delivering."""
    clock.set(f"{day} 04:00")
    async with open_bot(database_url, arxiv, clock) as app:
        await stop_at_request(arxiv, asyncio.create_task(harvest(app)), month.random.randint(1, 6))
    clock.set(f"{day} 05:00")
    async with open_bot(database_url, arxiv, clock) as app:
        await harvest(app)
    clock.set(f"{day} 08:00:30")
    async with open_bot(database_url, arxiv, clock) as app:
        service = app.build_delivery_service([platform])
        await stop_at_message(platform, asyncio.create_task(service.run_cycle()), month.random.randint(1, READERS))
    clock.set(f"{day} 08:05")
    async with open_bot(database_url, arxiv, clock) as app:
        await app.build_delivery_service([platform]).run_cycle()
