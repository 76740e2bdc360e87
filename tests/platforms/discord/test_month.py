"""Two weeks of following in Discord's channels, with missed days and stops anywhere; nothing is lost or comes twice."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import takewhile

import pytest

from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from tests.announcements.arxiv import AnnouncingServer, open_announcing_arxiv
from tests.announcements.test_month import (
    FIRST,
    FOLLOWS,
    MISSED,
    Month,
    announce_changes,
    harvest,
    iter_days,
    open_bot,
    stop_at_request,
)
from tests.fakes import ManualClock
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts

LAST = date(2026, 11, 16)
CHANNELS = 5
_PAPER = re.compile(r"arxiv\.org/abs/(\d{4}\.\d{5})")


@pytest.fixture
async def arxiv() -> AsyncIterator[AnnouncingServer]:
    async with open_announcing_arxiv() as server:
        yield server


def read_papers(channel: Channel) -> Counter[str]:
    """How many of a channel's messages show each paper."""
    return Counter(paper for one in channel.messages for paper in set(_PAPER.findall(json.dumps(one.body))))


async def stop_at_message(channels: list[Channel], bot: RunningBot, count: int) -> None:
    """Cancel a delivery once so many messages are there, or let it end before."""
    count += sum(len(one.messages) for one in channels)
    work = asyncio.create_task(bot.deliver())
    while not work.done() and sum(len(one.messages) for one in channels) < count:
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_two_weeks_in_channels_lose_nothing_and_bring_nothing_twice(
    database_url: str, arxiv: AnnouncingServer, api: DiscordApi, lab: Guild, start_bot: Starts
) -> None:
    month, clock = Month(22), ManualClock("2026-11-01 12:00")
    channels = [lab.create_channel(f"papers-{number}") for number in range(CHANNELS)]
    addresses = [Address("discord", str(lab.id), str(one.id)) for one in channels]
    month.follows = {one: month.random.sample(FOLLOWS, month.random.randint(2, 4)) for one in addresses}
    arxiv.announce(FIRST - timedelta(days=3), month._make_paper(FIRST - timedelta(days=3), 0))
    async with open_bot(database_url, arxiv, clock) as app:
        await harvest(app)
        for address, expressions in month.follows.items():
            for expression in expressions:
                message = IncomingMessage(address, f"/follows add {expression}", "en")
                assert (await app.dispatcher.handle_message(message)).card.ok, expression
    for day in takewhile(lambda day: day <= LAST, iter_days()):
        arxiv.announce(day, *month.make_papers(day))
        announce_changes(arxiv, month, day)
        if day in MISSED:
            continue
        clock.set(f"{day} 04:00")
        async with open_bot(database_url, arxiv, clock) as app:
            await stop_at_request(arxiv, asyncio.create_task(harvest(app)), month.random.randint(1, 6))
            await harvest(app)
        for moment, count in (("08:00:30", month.random.randint(1, CHANNELS)), ("08:05", 1_000)):
            clock.set(f"{day} {moment}")
            async with open_bot(database_url, arxiv, clock) as app, start_bot(app, api) as bot:
                await stop_at_message(channels, bot, count)
    assert [read_papers(one) for one in channels] == [month.list_wanted(one) for one in addresses]
    assert sum(map(len, map(read_papers, channels))) > 5 * CHANNELS
