"""A server that is away is waited for."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from digestbot.errors import SettingsError
from digestbot.platforms.common.connecting import NotReachedError, retry_until_reached


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digestbot.platforms.common.connecting._FIRST_RETRY_SECONDS", 0.001)
    monkeypatch.setattr("digestbot.platforms.common.connecting._LONGEST_RETRY_SECONDS", 0.004)


class Server:
    """Fails with these errors, one after the other, and is there then."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def __call__(self) -> None:
        if self.errors:
            raise self.errors.pop(0)


async def test_pauses_grow_to_the_longest_and_are_never_shorter_than_the_server_asks() -> None:
    waits = (0, 0, 0, 0, 0.01, 0)
    with capture_logs() as logs:
        await retry_until_reached("slack", Server(*(NotReachedError("away", wait) for wait in waits)))
    assert {(line["event"], line["reason"]) for line in logs} == {("slack_not_reached", "away")}
    assert [line["again_in_seconds"] for line in logs] == [0.001, 0.002, 0.004, 0.004, 0.01, 0.004]


async def test_any_other_error_ends_it() -> None:
    server = Server(NotReachedError("away"), SettingsError("the token is refused"))
    with pytest.raises(SettingsError, match="the token is refused"):
        await retry_until_reached("slack", server)
    assert server.errors == []
