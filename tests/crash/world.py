"""The world of a crash test: two strict servers on loopback, thousands of chats whose digest is due, and the bot."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import func, select, update

from benchmarks.mornings import fill_store
from digestbot.app import open_app
from digestbot.domain.subscription import Address
from digestbot.settings import load_settings
from digestbot.store import Database, Store
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import outbox, schedules, subscribers
from tests.factories import make_digest, make_entry
from tests.places import ROOT
from tests.platforms.discord.api.server import TOKEN as DISCORD_TOKEN
from tests.platforms.discord.api.server import DiscordApi, RequestFault
from tests.platforms.discord.api.world import Channel, Guild, Message, User
from tests.platforms.telegram.botapi.server import TOKEN as TELEGRAM_TOKEN
from tests.platforms.telegram.botapi.server import BotApi, CallFault
from tests.platforms.telegram.botapi.world import BOT_ID, Chat
from tests.process_states import is_stopped
from tests.processes import ForkedProcess, start_process
from tests.waiting import HANG_SECONDS, wait_until

_USERS, _CHANNELS, _GUILD = 10_000_000, 20_000_000, 4_194_304
_SENDS = ("sendRichMessage", "sendMessage")
_IN_FLIGHT = 400
"""The most deliveries that the bot has in work at once on a platform (``core/delivery/worker.py``)."""
_ABOUT_TO_LEAVE = 2
"""Messages that may leave when a paused process goes on, since it had asked its clock the moment before."""


class FaultWeather:
    """How often which fault happens to a message, by chance; it remembers what was accepted and not answered."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.each = 0.0
        self.unanswered = 0
        self.faults: Counter[str] = Counter()

    def choose_fault(self, kinds: tuple[int | str, ...]) -> int | str | None:
        place = self._chance.random()
        if place >= self.each * len(kinds):
            return None
        kind = kinds[int(place / self.each)]
        self.faults[str(kind)] += 1
        return kind


class StormyTelegram(BotApi):
    """Telegram in bad weather."""

    weather: FaultWeather
    taking = 0
    """The messages that it takes at the moment."""

    async def _serve_request(self, request: web.Request) -> web.StreamResponse:
        """Count what was accepted and nobody heard of: a busy machine may be slower than the bot's patience."""
        message = request.match_info["method"] in _SENDS
        self.taking += message
        try:
            answer = await super()._serve_request(request)
        finally:
            self.taking -= message
        for _ in range(2):  # that the other side went away is read in between
            await asyncio.sleep(0)
        gone = request.transport is None or request.transport.is_closing()
        self.weather.unanswered += message and gone and answer.status == HTTPStatus.OK
        return answer

    async def wait_until_idle(self) -> None:
        """Wait until all messages that came are taken, those too that wait in a socket."""
        for _ in range(20):
            await asyncio.sleep(0)  # what was sent is seen
        await wait_until(lambda: not self.taking)

    async def wait_until_drained(self) -> None:
        """Wait until nobody is connected, and all messages that came are taken."""
        await self._end_poll()  # of a bot that is dead: it would last for seconds, and a run for longer than nonces do
        await self.wait_until_idle()
        assert self._runner
        server = self._runner.server
        assert server
        await wait_until(lambda: not self.taking and not server.connections)

    def _take_fault(self, method: str, params: dict[str, Any]) -> CallFault | None:
        if method not in _SENDS:
            return None
        kind = self.weather.choose_fault((429, 500, "timeout", "timeout-after", "reset", "reset-after"))
        return CallFault(method, kind, retry_after=1) if kind else None


class StormyDiscord(DiscordApi):
    """Discord in bad weather."""

    weather: FaultWeather

    def _take_fault(self, method: str, path: str) -> RequestFault | None:
        if method not in ("POST", "PATCH") or not re.search(r"/messages(/\d+)?$", path):
            return None
        kind = self.weather.choose_fault((429, 500, "timeout-before", "timeout-after", "500-after", "reset-after"))
        return RequestFault(method, path, kind, 1, retry_after=0.3) if kind else None


@dataclass(frozen=True)
class ArrivalCount:
    """What arrived: messages, how many of them never, and how many once too often, by platform."""

    telegram: int
    discord: int
    lost: int
    twice_telegram: int
    twice_discord: int


class CrashWorld:
    """Everything outside of the bot, and the bot's process."""

    def __init__(self, folder: Path, url: str, telegram: int, discord: int, seed: int, rate: int) -> None:
        self._folder, self.url = folder, url
        self._sizes = telegram, discord
        self.chance = random.Random(seed)
        self.weather = FaultWeather(self.chance)
        self.shift = 0
        self.patience = {"TELEGRAM__TIMEOUT_SECONDS": "20", "DISCORD__TIMEOUT_SECONDS": "60"}
        """How long the bot waits for an answer: as it does by itself, where a scenario does not say otherwise."""
        self.in_flight: list[int] = []
        self.pauses = 0
        self._digests = 1
        self._later_papers: list[str] = []
        self._before: dict[str, tuple[int, int]] = {}
        self._started: list[ForkedProcess] = []
        self._stack = AsyncExitStack()
        self._rate = rate

    async def __aenter__(self) -> CrashWorld:
        self.telegram = await self._stack.enter_async_context(StormyTelegram(hang_seconds=6))
        self.discord = await self._stack.enter_async_context(StormyDiscord(per_second=1_000_000))
        self.telegram.weather = self.discord.weather = self.weather
        self.discord.hang_seconds = 2.5
        self.store = Store(Database(self.url))
        self._stack.push_async_callback(self.store.close)
        await self._fill_database()
        return self

    async def __aexit__(self, *error: object) -> None:
        for process in self._started:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await self._stack.aclose()

    async def _fill_database(self) -> None:
        telegram, discord = self._sizes
        guild = Guild("Lab", User("owner"))
        guild.id = _GUILD
        self.discord.guilds.append(guild)

        def make_address(number: int) -> Address:
            if number <= telegram:
                chat = Chat(number, "private", members={BOT_ID: "member"})
                self.telegram.chats[number] = chat
                return Address("telegram", str(number))
            if number % 5 < 3:
                self.discord.get_private_channel(User("somebody", _USERS + number))
                return Address("discord", str(_USERS + number))
            channel = guild.create_channel(f"channel-{number}", id=_CHANNELS + number)
            return Address("discord", str(_GUILD), str(channel.id))

        async with open_app(load_settings(database_url=self.url, topics=[])) as app:
            await fill_store(app, telegram + discord, 3, make_address, figures=0)
            async with app.store.database.write() as connection:
                tenth = update(subscribers).where(subscribers.c.id % 10 == 0)
                await connection.execute(tenth.values(layout="full", card_style="classic"))  # several messages
        self.discord.by_number = {channel.id: channel for channel in guild.channels}

    # -- the bot ----------------------------------------------------------------------------------------------

    async def start_fresh(self) -> ForkedProcess:
        """The bot, from the beginning."""
        own = {
            "DATABASE_URL": self.url,
            "POLL_SECONDS": "0.2",
            "DELIVERY_JITTER_SECONDS": "0",
            "MAX_DELIVERY_AGE_HOURS": "72",
            "TELEGRAM__TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM__API_URL": self.telegram.url,
            "TELEGRAM__MESSAGES_PER_SECOND": str(self._rate),
            "DISCORD__TOKEN": DISCORD_TOKEN,
            "DISCORD__API_URL": self.discord.url,
            "DISCORD__REQUESTS_PER_SECOND": str(self._rate),
            **self.patience,
        }
        env = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        env |= {f"DIGESTBOT_{name}": value for name, value in own.items()} | {"PYTHONPATH": str(ROOT)}
        moment = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=self.shift)
        with (self._folder / "log").open("ab") as log:
            process = start_process(
                moment.isoformat(),
                module="tests.crash.process",
                folder=self._folder,
                environment=env,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )
        self._started.append(process)
        return process

    async def start_bot(self) -> ForkedProcess:
        """Start the bot, and wait until it says that it runs."""
        lives = self.read_log(None).count("event=service_started")
        process = await self.start_fresh()
        async with asyncio.timeout(HANG_SECONDS):
            while self.read_log(None).count("event=service_started") == lives:
                assert process.returncode is None, self.read_log()
                await asyncio.sleep(0.05)
        return process

    async def kill_bot(self, process: ForkedProcess) -> None:
        """End it at once, and note how much was on its way."""
        unanswered = self.weather.unanswered
        process.kill()
        await process.wait()
        await self.telegram.wait_until_drained()  # what has left it arrives
        self.weather.unanswered = unanswered  # what it does not hear of any more is counted as on its way
        self.in_flight.append(await self._on_its_way())

    async def stop_bots(self, *processes: ForkedProcess) -> int:
        """Ask all that run to end, and wait until they have; how much of what had left them is not marked."""
        for process in processes:
            process.terminate()
        for process in processes:
            code = await process.wait()
            assert code in (0, -signal.SIGTERM), self.read_log()  # the latter while it starts
        await self.telegram.wait_until_drained()
        return await self._on_its_way()

    async def pause_bot(self, process: ForkedProcess) -> None:
        """Stop its time, and note how much was on its way."""
        process.send_signal(signal.SIGSTOP)
        self.pauses += 1
        await wait_until(lambda: is_stopped(process.pid))  # it may send until then
        await self.telegram.wait_until_idle()
        self.in_flight.append(await self._on_its_way())

    async def find_leader(self, bots: Collection[ForkedProcess], lease: str) -> ForkedProcess:
        """Wait until one of the processes holds a lease."""
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                for bot in bots:
                    holder = f"process {bot.pid}"
                    if any(
                        one.name == lease and one.is_active and one.location.endswith(holder)
                        for one in await self.store.leases.list_all()
                    ):
                        return bot
                await asyncio.sleep(0.05)

    def count_anew(self) -> None:
        """All that has arrived is of earlier deliveries, and marked."""
        self._before = {str(chat.id): (len(chat.messages), 0) for chat in self.telegram.chats.values()}

    async def _on_its_way(self) -> int:
        """Telegram's messages that arrived since the kill before and are not marked."""
        query = select(subscribers.c.chat, outbox.c.parts_sent).join(outbox, outbox.c.subscriber_id == subscribers.c.id)
        own = (outbox.c.platform == "telegram", outbox.c.subscriber_id <= sum(self._sizes))
        claimed = query.where(*own, outbox.c.available_at.is_not(None))
        async with self.store.database.read() as connection:
            rows = (await connection.execute(claimed)).all()
        number = 0
        for chat, marked in rows:
            arrived = len(self.telegram.chats[int(chat)].messages)
            arrived_before, marked_before = self._before.get(chat, (0, 0))
            number += max(0, arrived - arrived_before - (marked - marked_before))
            self._before[chat] = arrived, marked
        return number

    async def run_to_end(self, seconds: float) -> None:
        """Let the bot run until everything has come to an end, and stop it in order."""
        process = await self.start_bot()
        async with asyncio.timeout(seconds):
            while not await self._all_ended():
                assert process.returncode is None, self.read_log()
                await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0, self.read_log()

    async def _all_ended(self) -> bool:
        chats = sum(self._sizes)
        query = select(func.count(), func.count(outbox.c.available_at)).where(outbox.c.subscriber_id <= chats)
        async with self.store.database.read() as connection:
            planned, open_ = (await connection.execute(query)).one()
        return planned == chats * self._digests and open_ == 0

    # -- pages ------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time by the bot's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.shift)

    async def load_page(self, day: date) -> None:
        """A digest of this day, with a paper that no other has."""
        self._digests += 1
        number = f"2612.{self._digests:05}"
        digest = make_digest("Benchmark", day.isoformat(), [make_entry(number)])
        await self.store.digests.save_pages([(PageKey(f"bench {day}", "", {}), [digest])], self.now())
        self._later_papers.append(number)

    async def until_planned(self) -> None:
        """Wait until the time that has come is planned, and no other is due before tomorrow."""
        async with asyncio.timeout(HANG_SECONDS), AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self.store.database.read())
            while (await connection.scalar(select(func.min(schedules.c.next_due)))) <= self.now():
                await asyncio.sleep(0.05)
                await connection.rollback()

    async def count_sent(self) -> int:
        """How many deliveries are marked as sent."""
        query = select(func.count()).select_from(outbox).where(outbox.c.state == "sent")
        async with self.store.database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def until_sent(self, number: int) -> None:
        """Wait until so many deliveries are out."""
        async with asyncio.timeout(HANG_SECONDS):
            while await self.count_sent() < number:
                await asyncio.sleep(0.05)

    def read_log(self, end: int | None = 3000) -> str:
        """The bot's log, or its end."""
        file = self._folder / "log"
        return file.read_text("utf-8", "replace")[-end if end else 0 :] if file.exists() else ""

    # -- counting ---------------------------------------------------------------------------------------------

    def count_arrivals(self) -> ArrivalCount:
        """Count what arrived, at the receiving end."""
        chats = [self.telegram.chats[number] for number in range(1, self._sizes[0] + 1)]
        for number in self._later_papers:  # what nobody got is not missed by comparing chats
            assert any(number in message.text for message in chats[0].messages), number
        telegram = {chat.id: Counter(m.text for m in chat.messages) for chat in chats}
        discord = {
            number: Counter(map(_dump_message, channel.messages)) for number, channel in self._iter_discord_channels()
        }
        return ArrivalCount(
            sum(texts.total() for texts in telegram.values()),
            sum(texts.total() for texts in discord.values()),
            _count_lost(telegram) + _count_lost(discord),
            sum(number - 1 for texts in telegram.values() for number in texts.values()),
            sum(number - 1 for texts in discord.values() for number in texts.values()),
        )

    def _iter_discord_channels(self) -> Iterator[tuple[int, Channel]]:
        yield from self.discord.by_number.items()
        yield from self.discord.direct.items()


def _dump_message(message: Message) -> str:
    """All that is seen of it: a line that became no card is what no other chat has."""
    return json.dumps([message.content, message.embeds, message.components], sort_keys=True)


def _count_lost(received: dict[int, Counter[str]]) -> int:
    """What others with the same settings got, and a chat did not: each tenth subscriber has the long layout."""
    expected: dict[bool, set[str]] = defaultdict(set)
    for number, texts in received.items():
        expected[number % 10 == 0] |= texts.keys()
    return sum(len(expected[number % 10 == 0] - texts.keys()) for number, texts in received.items())


def count_allowed_repeats(world: CrashWorld) -> int:
    """How many messages may come twice on Telegram: those on their way at a kill or a pause, or not answered."""
    assert all(number <= _IN_FLIGHT for number in world.in_flight), world.in_flight
    return sum(world.in_flight) + world.weather.unanswered + _ABOUT_TO_LEAVE * world.pauses
