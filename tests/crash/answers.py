"""How long honest people wait for an answer, by themselves and while somebody attacks the same bot."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from digestbot.app import open_app
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.settings import build_sqlite_url, load_settings
from tests.places import ROOT, SAMPLES
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.processes import ForkedProcess, start_process
from tests.waiting import HANG_SECONDS, wait_until

_QUESTIONS = ("/help", "/topics", "/latest protein design", "/search loops", "/subscriptions")
_TICK_SECONDS = 0.005
_ALLOWED_SECONDS = 1.0
"""How much longer than without the attack the 99th of a hundred honest people may wait."""


@dataclass(frozen=True)
class CrowdSize:
    """How many people ask, each once and in a chat of their own, and how many of them in a second."""

    chats: int
    per_second: float


@dataclass(frozen=True)
class AnswerResult:
    """How long the 99th of a hundred people waited for an answer, in seconds, without the attack and with it."""

    name: str
    size: CrowdSize
    events: str
    quiet_seconds: float
    attacked_seconds: float

    @property
    def holds(self) -> bool:
        """Nobody honest notices."""
        return self.attacked_seconds <= self.quiet_seconds + _ALLOWED_SECONDS


class AnswerWorld:
    """Telegram with a crowd, a bot with the sample pages, and what the bot has been set to."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self._folder, self._settings = folder, settings
        self.database = folder / "answers.db"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> AnswerWorld:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.telegram = await self._stack.enter_async_context(BotApi())
        url = build_sqlite_url(self.database)
        async with open_app(load_settings(database_url=url, topics=[])) as app, PageFetcher(20_000_000) as fetcher:
            await PageLoader(app.store, app.clock, fetcher).load(find_pages([str(SAMPLES)]), lambda _: None)
        self.process = self._start_bot(url)
        await wait_until(lambda: "event=service_started" in self.read_log())
        first = Person(self.telegram)
        for question in _QUESTIONS:  # what is slow once at a start is not what is measured
            await first.send_text(question)
        return self

    async def __aexit__(self, *error: object) -> None:
        self.process.terminate()
        await self.process.wait()
        await self._stack.aclose()

    def _start_bot(self, url: str) -> ForkedProcess:
        own = {
            "DATABASE_URL": url,
            "POLL_SECONDS": "0.2",
            "TELEGRAM__TOKEN": TOKEN,
            "TELEGRAM__API_URL": self.telegram.url,
            "TELEGRAM__MESSAGES_PER_SECOND": "500",
            **self._settings,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        environment |= {f"DIGESTBOT_{name}": value for name, value in own.items()} | {"PYTHONPATH": str(ROOT)}
        now = datetime.now(UTC).replace(tzinfo=None).isoformat()
        with (self._folder / "log").open("ab") as log:
            return start_process(
                now,
                module="tests.crash.process",
                folder=self._folder,
                environment=environment,
                stdout=log.fileno(),
                stderr=log.fileno(),
            )

    def read_log(self) -> str:
        """The bot's log."""
        return (self._folder / "log").read_text("utf-8", "replace")

    async def ask_all(self, size: CrowdSize) -> list[float]:
        """Have everybody ask, one after the other; how many seconds each waited, shortest first."""
        waiting: dict[int, tuple[Person, float]] = {}
        waits: list[float] = []
        start = time.monotonic()
        async with asyncio.timeout(HANG_SECONDS + size.chats / size.per_second):
            while len(waits) < size.chats:
                asked = len(waiting) + len(waits)
                while asked < min(size.chats, (time.monotonic() - start) * size.per_second):
                    person = Person(self.telegram)
                    waiting[person.id] = person, time.monotonic()
                    await person.type_text(_QUESTIONS[asked % len(_QUESTIONS)])
                    asked += 1
                for person, asked_at in [one for one in waiting.values() if one[0].chat.messages]:
                    waits.append(time.monotonic() - asked_at)
                    del waiting[person.id]
                await asyncio.sleep(_TICK_SECONDS)
        return sorted(waits)


def find_99th(waits: list[float]) -> float:
    """The wait that no more than one in a hundred is longer than."""
    return waits[max(0, -(-len(waits) * 99 // 100) - 1)]
