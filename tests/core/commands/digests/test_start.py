"""/start: the first words."""

from __future__ import annotations

import pytest

from digestbot.app import App
from tests.core.commands.asking import send_text
from tests.fakes import ManualClock

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_it_is_good_morning_only_where_it_is_morning(empty_app: App, clock: ManualClock) -> None:
    assert (clock.now().hour, "Good morning" in (await send_text(empty_app, "/start"))[1]) == (9, True)
    await send_text(empty_app, "/settings timezone Asia/Tokyo")
    words = (await send_text(empty_app, "/start"))[1]
    assert "Hello" in words
    assert "Good morning" not in words
