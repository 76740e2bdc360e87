"""The short form of ``make crashtest``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.scenarios import SQLITE, Size, play, restarted
from tests.postgresql import PostgreSql

SIZES = {
    "killed": Size(200, 40, 4, 60),
    "platforms at fault": Size(60, 8, 1, 150),
    "disk full": Size(200, 20, 0, 50),
    "database locked": Size(200, 20, 0, 50),
    "clock set back": Size(150, 20, 0, 40),
}


@pytest.mark.parametrize("name", list(SQLITE))
async def test_nothing_is_lost_and_nothing_comes_twice(name: str, tmp_path: Path) -> None:
    result = await play(name, SQLITE[name], SIZES[name], 1, tmp_path)
    assert result.holds, result


async def test_nothing_is_lost_when_postgresql_is_restarted(postgresql: PostgreSql, tmp_path: Path) -> None:
    with postgresql.database() as url:
        result = await play("restarted", restarted(postgresql), Size(150, 20, 1, 40), 1, tmp_path, url)
    assert result.holds, result
