"""A reader who types, taps and searches without a pause, and a crowd that asks meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from digestbot.platforms.common.tasks import run_beside
from tests.crash.answers import AnswerResult, AnswerWorld, CrowdSize, find_99th
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.work import HOSTILE_LINES

_EVE = 50_000_000
_PAUSE_SECONDS = 0.01
"""Between what floods: a hundred messages, taps and inline queries a second."""
_COMMANDS = ("subscribe", "search", "latest", "digest", "topics", "settings timezone", "saved")
_BURST, _MAX_STORED_COMMANDS = 10, 500


async def play_flood(size: CrowdSize, folder: Path) -> AnswerResult:
    """Ask without the flood, and with it. Raises :class:`AssertionError` where more than is allowed was answered."""
    async with AnswerWorld(folder / "quiet", {}) as world:
        quiet = await world.ask_all(size)
    async with AnswerWorld(folder / "flooded", {}) as world:
        eve, start = Person(world.telegram, "Eve", id=_EVE), time.monotonic()
        async with run_beside(send_flood(world.telegram, eve)):
            flooded = await world.ask_all(size)
        answers, allowed = len(eve.chat.messages), _BURST + 1 + time.monotonic() - start
        assert world.process.returncode is None, world.read_log()
    assert 1 <= answers <= allowed, (answers, allowed)
    assert count_stored_commands(world.database) <= _MAX_STORED_COMMANDS
    return AnswerResult(
        "a reader who floods", size, f"the flood had {answers} answers", find_99th(quiet), find_99th(flooded)
    )


async def send_flood(api: BotApi, eve: Person) -> None:
    """Type, tap and search as fast as it goes, until cancelled."""
    lines = itertools.cycle(HOSTILE_LINES.values())
    for number, command in enumerate(itertools.cycle(_COMMANDS)):
        await eve.type_text(f"/{command} {number} {next(lines)}"[:1_000])
        tap = {"id": f"{_EVE + number}", "from": eve.to_json(), "chat_instance": "1", "data": "1>topics"}
        await api.send_update(callback_query={**tap, "inline_message_id": f"{number}"})
        await api.send_update(inline_query={**tap, "query": f"{number}", "offset": "9" * 30})
        await asyncio.sleep(_PAUSE_SECONDS)


def count_stored_commands(database: Path) -> int:
    """How many commands of buttons are kept."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT count(*) FROM callback_tokens").fetchone()[0])
