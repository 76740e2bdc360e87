"""What goes wrong, and how often."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from digestbot.settings import build_sqlite_url
from tests.crash.bad_rows import add_bad_rows
from tests.crash.world import ArrivalCount, CrashWorld, count_allowed_repeats
from tests.platforms.telegram.botapi.people import Person
from tests.postgresql import PostgreSql
from tests.waiting import wait_until


@dataclass(frozen=True)
class LoadSize:
    """How much of it: chats of Telegram and of Discord, kills, and messages a second on each."""

    telegram: int
    discord: int
    kills: int
    rate: int


@dataclass(frozen=True)
class ScenarioResult:
    """What a scenario did and what arrived."""

    name: str
    size: LoadSize
    seed: int
    events: str
    count: ArrivalCount
    allowed: int

    @property
    def holds(self) -> bool:
        """Nothing lost, nothing twice on Discord, on Telegram only what was on its way."""
        count = self.count
        return count.lost == 0 and count.twice_discord == 0 and count.twice_telegram <= self.allowed


_DAY = 86_400
_ADA = 30_000_001
_LEASES = ("sender telegram", "gateway telegram", "sender discord")
Scenario = Callable[[CrashWorld, LoadSize], Awaitable[str]]


async def kill_at_random(world: CrashWorld, size: LoadSize) -> str:
    """SIGKILL at random moments: of starting at each fourth, and else of what comes after it."""
    for number in range(size.kills):
        starting = number % 4 == 3
        process = await (world.start_fresh() if starting else world.start_bot())
        await asyncio.sleep(world.chance.uniform(0.0, 1.0) if starting else world.chance.uniform(0.0, 1.5))
        await world.kill_bot(process)
    return f"{size.kills} SIGKILLs, {sum(world.in_flight)} on their way"


async def stop_at_random(world: CrashWorld, size: LoadSize) -> str:
    """SIGTERM at random moments: what has left is marked, and nothing leaves after it."""
    unmarked = 0
    for number in range(size.kills):
        starting = number % 4 == 3
        process = await (world.start_fresh() if starting else world.start_bot())
        await asyncio.sleep(world.chance.uniform(0.0, 1.5))
        unmarked += await world.stop_bots(process)
    return f"{size.kills} SIGTERMs, {unmarked} on their way"


async def pause_leaders(world: CrashWorld, size: LoadSize) -> str:
    """SIGSTOP of whoever sends or listens, until another process does it, and SIGCONT. For PostgreSQL.

    A person asks something just when nobody listens: the update reaches the process that is paused, and its successor.
    """
    planner = await world.start_fresh()
    await asyncio.sleep(world.chance.uniform(0.2, 1.0))
    await world.pause_bot(planner)  # while it plans, with luck: its open transaction must not hold up the other
    bots = [await world.start_bot(), planner]
    await world.until_sent(1)
    planner.send_signal(signal.SIGCONT)
    ada = Person(world.telegram, id=_ADA)  # no number of the chats that are counted
    for number in range(size.kills):
        lease = _LEASES[number % len(_LEASES)]
        await asyncio.sleep(world.chance.uniform(0.0, 1.0))
        leader = await world.find_leader(bots, lease)
        await world.pause_bot(leader)
        await ada.type_text("/help")
        await world.find_leader([bot for bot in bots if bot is not leader], lease)
        await wait_until(lambda: len(ada.chat.messages) > number)  # noqa: B023  # it is waited for here
        await asyncio.sleep(world.chance.uniform(0.0, 1.0))
        leader.send_signal(signal.SIGCONT)
    unmarked = await world.stop_bots(*bots)
    assert len(ada.chat.messages) == size.kills, "a command was answered twice"
    return f"{size.kills + 1} SIGSTOPs, {sum(world.in_flight)} on their way; 2 SIGTERMs, {unmarked} on their way"


async def load_late(world: CrashWorld, size: LoadSize) -> str:
    """A page that comes after its day's time, and the next one before the next time: both arrive, in one message."""
    await world.run_to_end(300)
    world.count_anew()
    world.shift = _DAY
    process = await world.start_bot()
    await world.until_planned()
    await world.stop_bots(process)
    await world.load_page(world.now().date())
    world.shift = 2 * _DAY
    await world.load_page(world.now().date())
    return f"1 page after its time, {await kill_at_random(world, size)}"


async def miss_weekend(world: CrashWorld, size: LoadSize) -> str:
    """Three days without the bot, each with a page: all arrive, in one message."""
    await world.run_to_end(300)
    world.count_anew()
    for day in (1, 2, 3):
        world.shift = day * _DAY
        await world.load_page(world.now().date())
    return f"3 mornings down, {await kill_at_random(world, size)}"


async def damage_rows(world: CrashWorld, size: LoadSize) -> str:
    """A row of each table holds what it must not, all of one reader and one topic; everybody else gets theirs."""
    tables = await add_bad_rows(world.store)
    return f"a bad row in each of {tables} tables, {await kill_at_random(world, size)}"


async def run_in_storm(world: CrashWorld, size: LoadSize) -> str:
    """Faults of the platforms at 10% each, and some kills among them."""
    world.weather.each = 0.1
    world.patience = {"TELEGRAM__TIMEOUT_SECONDS": "4", "DISCORD__TIMEOUT_SECONDS": "6"}  # what hangs must not last
    return await kill_at_random(world, size)


async def disk_full(world: CrashWorld, size: LoadSize) -> str:
    """The disk takes nothing more for a while: every write of the process is refused by the system."""
    process = await world.start_fresh()
    for number in range(1, 4):
        await world.until_sent(size.telegram * number // 5)
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, most))
        await asyncio.sleep(2)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
    assert process.returncode is None, world.read_log()
    process.terminate()
    assert await process.wait() == 0, world.read_log()
    return "3 times 2 s without room"


async def lock_database(world: CrashWorld, size: LoadSize) -> str:
    """Another process locks the database, for longer than the bot waits for it."""
    process = await world.start_fresh()
    await world.until_sent(size.telegram // 5)
    with closing(
        sqlite3.connect(world.store.database.file or "", isolation_level=None, check_same_thread=False)
    ) as other:
        await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
        await asyncio.sleep(7 if size.telegram < 1_000 else 20)
        other.execute("ROLLBACK")
    assert process.returncode is None, world.read_log()
    process.terminate()
    assert await process.wait() == 0, world.read_log()
    return "locked for 20 s"


async def clock_back(world: CrashWorld, size: LoadSize) -> str:
    """The machine's clock is an hour slow for some lives, and right again after them."""
    for shift in (0, -3600, -3600, 0):
        world.shift = shift
        process = await world.start_bot()
        await asyncio.sleep(world.chance.uniform(0.2, 1.2))
        await world.kill_bot(process)
    return "4 SIGKILLs, the clock an hour slow between"


def restart_server(server: PostgreSql) -> Scenario:
    """PostgreSQL goes away and comes back while the bot sends, and the bot is killed too."""

    async def run_scenario(world: CrashWorld, size: LoadSize) -> str:
        process = await world.start_fresh()
        for number in range(1, 4):
            await world.until_sent(size.telegram * number // 6)
            await asyncio.to_thread(server.restart)
        assert process.returncode is None, world.read_log()
        await world.kill_bot(process)
        await kill_at_random(world, size)
        return f"3 restarts, {size.kills + 1} SIGKILLs"

    return run_scenario


SQLITE: dict[str, Scenario] = {
    "killed": kill_at_random,
    "stopped in order": stop_at_random,
    "platforms at fault": run_in_storm,
    "disk full": disk_full,
    "database locked": lock_database,
    "clock set back": clock_back,
    "a late page": load_late,
    "a missed weekend": miss_weekend,
    "bad rows": damage_rows,
}
POSTGRESQL: dict[str, Scenario] = {
    "stopped in order, PostgreSQL": stop_at_random,
    "leaders paused": pause_leaders,
}


async def play_scenario(
    name: str, scenario: Scenario, size: LoadSize, seed: int, folder: Path, url: str = ""
) -> ScenarioResult:
    """Play a scenario to its end and count."""
    url = url or build_sqlite_url(folder / "crash.db")
    async with CrashWorld(folder, url, size.telegram, size.discord, seed, size.rate) as world:
        events = await scenario(world, size)
        await world.run_to_end(300)
        if faults := world.weather.faults.total():
            events += f", {faults} faults"
        violations = world.telegram.violations + world.discord.violations
        assert not violations, violations[:3]
        return ScenarioResult(name, size, seed, events, world.count_arrivals(), count_allowed_repeats(world))
