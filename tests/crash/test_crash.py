"""The short form of ``make crashtest``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.answers import CrowdSize
from tests.crash.flood import play_flood
from tests.crash.hostile_feed import play_hostile_feed
from tests.crash.scenarios import POSTGRESQL, SQLITE, LoadSize, play_scenario, restart_server
from tests.postgresql import PostgreSql

SIZES = {
    "killed": LoadSize(200, 40, 4, 60),
    "stopped in order": LoadSize(300, 20, 4, 150),
    "platforms at fault": LoadSize(60, 8, 1, 150),
    "disk full": LoadSize(200, 20, 0, 50),
    "database locked": LoadSize(200, 20, 0, 50),
    "clock set back": LoadSize(150, 20, 0, 40),
    "a late page": LoadSize(60, 10, 1, 40),
    "a missed weekend": LoadSize(60, 10, 1, 40),
    "bad rows": LoadSize(60, 10, 1, 40),
}


@pytest.mark.parametrize("name", list(SQLITE))
async def test_nothing_is_lost_and_nothing_comes_twice(name: str, tmp_path: Path) -> None:
    result = await play_scenario(name, SQLITE[name], SIZES[name], 1, tmp_path)
    assert result.holds, result


async def test_everybody_is_answered_while_feeds_and_papers_keep_the_parsers_busy(tmp_path: Path) -> None:
    result = await play_hostile_feed(CrowdSize(10, 40), tmp_path, weight=0.1)  # asks all, or does not end
    assert "feeds" in result.events


async def test_everybody_is_answered_while_one_floods(tmp_path: Path) -> None:
    result = await play_flood(CrowdSize(20, 20), tmp_path)
    assert "answers" in result.events


async def test_a_process_that_was_paused_repeats_nothing_of_its_successors(
    postgresql: PostgreSql, tmp_path: Path
) -> None:
    with postgresql.open_database() as url:
        size = LoadSize(150, 20, 2, 20)
        result = await play_scenario("paused", POSTGRESQL["leaders paused"], size, 1, tmp_path, url)
    assert result.holds, result


async def test_nothing_is_lost_when_postgresql_is_restarted(postgresql: PostgreSql, tmp_path: Path) -> None:
    with postgresql.open_database() as url:
        result = await play_scenario(
            "restarted", restart_server(postgresql), LoadSize(150, 20, 1, 40), 1, tmp_path, url
        )
    assert result.holds, result
