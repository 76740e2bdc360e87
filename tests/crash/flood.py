"""A reader who floods, and many who ask one thing each meanwhile: how long these wait, with and without it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from sqlalchemy import func, select

from digestbot.platforms.common.tasks import run_beside
from digestbot.store.tables import callback_tokens
from tests.crash.world import CrashWorld
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.work import HOSTILE_LINES

_HONEST, _EVE = 40_000_000, 50_000_000
_PAUSE_SECONDS = 0.01
"""Between what floods: a hundred messages, taps and inline queries a second."""
_COMMANDS = ("subscribe", "search", "latest", "digest", "topics", "settings timezone", "saved")


async def ask_in_turn(people: Sequence[Person], per_second: float) -> list[float]:
    """Everybody asks something, so many a second; how long each waited for the answer, shortest first."""

    async def ask(person: Person, number: int) -> float:
        await asyncio.sleep(number / per_second)
        start = time.monotonic()
        await person.send_text("/help")
        return time.monotonic() - start

    return sorted(await asyncio.gather(*(ask(person, number) for number, person in enumerate(people))))


async def flood(api: BotApi, eve: Person) -> None:
    """Type, tap and search as fast as it goes, until cancelled."""
    lines = itertools.cycle(HOSTILE_LINES.values())
    for number, command in enumerate(itertools.cycle(_COMMANDS)):
        await eve.type_text(f"/{command} {number} {next(lines)}"[:1_000])
        tap = {"id": f"{_EVE + number}", "from": eve.to_json(), "chat_instance": "1", "data": "1>topics"}
        await api.send_update(callback_query={**tap, "inline_message_id": f"{number}"})
        await api.send_update(inline_query={**tap, "query": f"{number}", "offset": "9" * 30})
        await asyncio.sleep(_PAUSE_SECONDS)


async def compare_waits(world: CrashWorld, honest: int, per_second: float) -> tuple[float, float, int]:
    """The 99th percentile of the waits without a flood and with one, in seconds, and how often the flood was answered.

    Raises :class:`AssertionError` where more than is allowed was answered or stored.
    """
    api = world.telegram
    people = [Person(api, id=_HONEST + number) for number in range(honest)]
    eve = Person(api, "Eve", id=_EVE)
    quiet = await ask_in_turn(people, per_second)
    start = time.monotonic()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(run_beside(flood(api, eve)))
        flooded = await ask_in_turn(people, per_second)
    allowed = 11 + (time.monotonic() - start)
    answers = len(eve.chat.messages)
    assert 1 <= answers <= allowed, (answers, allowed)
    async with world.store.database.read() as connection:
        assert int(await connection.scalar(select(func.count()).select_from(callback_tokens)) or 0) <= 500
    place = int(0.99 * (honest - 1))
    return quiet[place], flooded[place], answers
