"""``make crashtest``: every scenario, and a table of what arrived. ``python -m tests.crash NAME…`` plays some."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.crash.answers import AnswerResult, CrowdSize
from tests.crash.flood import play_flood
from tests.crash.hostile_feed import play_hostile_feed
from tests.crash.scenarios import POSTGRESQL, SQLITE, LoadSize, ScenarioResult, play_scenario, restart_server
from tests.postgresql import run_postgresql

_SIZES = {
    "killed": LoadSize(7_500, 2_500, 100, 90),
    "stopped in order": LoadSize(8_000, 2_000, 30, 300),
    "platforms at fault": LoadSize(1_500, 300, 5, 150),
    "disk full": LoadSize(2_000, 300, 0, 150),
    "database locked": LoadSize(2_000, 300, 0, 150),
    "clock set back": LoadSize(1_000, 300, 4, 150),
    "a late page": LoadSize(1_000, 300, 8, 90),
    "a missed weekend": LoadSize(1_000, 300, 8, 90),
    "bad rows": LoadSize(1_000, 300, 8, 90),
    "PostgreSQL restarted": LoadSize(2_000, 500, 10, 150),
    "stopped in order, PostgreSQL": LoadSize(4_000, 500, 30, 150),
    "leaders paused": LoadSize(4_000, 500, 12, 30),
}
_ATTACKS = {"a hostile feed": play_hostile_feed, "a reader who floods": play_flood}
_CROWD = CrowdSize(1_000, 25)


def main() -> None:
    """Play, print, and end with 1 where a promise is broken."""
    chosen = sys.argv[1:] or [*_SIZES, *_ATTACKS]
    seed = random.randrange(1_000_000)
    results: list[ScenarioResult] = []
    answers: list[AnswerResult] = []
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        for name in chosen:
            start = time.monotonic()
            result: ScenarioResult | AnswerResult
            if name in _ATTACKS:
                result = asyncio.run(_ATTACKS[name](_CROWD, Path(folder) / name))
                answers.append(result)
            else:
                result = _play_in_folder(name, seed, Path(folder) / name)
                results.append(result)
            print(f"{name}: {time.monotonic() - start:.0f} s, {result}", file=sys.stderr)
    console = Console(markup=False, width=150)
    for table in (_build_table(results), _build_answer_table(answers)):
        if table.row_count:
            console.print(table)
    sys.exit(not all([*(result.holds for result in results), *(result.holds for result in answers)]))


def _play_in_folder(name: str, seed: int, folder: Path) -> ScenarioResult:
    folder.mkdir()
    if name in SQLITE:
        return asyncio.run(play_scenario(name, SQLITE[name], _SIZES[name], seed, folder))
    with run_postgresql() as server, server.open_database() as url:
        scenario = {**POSTGRESQL, "PostgreSQL restarted": restart_server(server)}[name]
        return asyncio.run(play_scenario(name, scenario, _SIZES[name], seed, folder, url))


def _build_table(results: list[ScenarioResult]) -> Table:
    table = Table("scenario", "what happened", "chats", "messages", "lost", "twice: Telegram", "Discord", "holds")
    for result in results:
        count, chats = result.count, result.size.telegram + result.size.discord
        table.add_row(
            f"{result.name} (seed {result.seed})",
            result.events,
            f"{chats:,}",
            f"{count.telegram + count.discord:,}",
            str(count.lost),
            f"{count.twice_telegram} (at most {result.allowed})",
            str(count.twice_discord),
            "yes" if result.holds else "NO",
        )
    return table


def _build_answer_table(results: list[AnswerResult]) -> Table:
    table = Table("attack", "what happened", "chats", "99th of 100 waits: without", "with", "holds")
    for result in results:
        table.add_row(
            result.name,
            result.events,
            f"{result.size.chats:,}",
            f"{result.quiet_seconds:.2f} s",
            f"{result.attacked_seconds:.2f} s",
            "yes" if result.holds else "NO",
        )
    return table


if __name__ == "__main__":
    main()
