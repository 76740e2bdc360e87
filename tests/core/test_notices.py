"""Who is told that chats are paused, and what happens where that cannot be told."""

from __future__ import annotations

from structlog.testing import capture_logs

from digestbot.core.notices import notify_moderators
from digestbot.domain.subscription import Address, Preferences, Subscriber
from digestbot.errors import DeliveryError
from tests.fakes import RecordingPlatform


def make_chat(number: int, title: str, moderator: str) -> Subscriber:
    return Subscriber(number, Address("telegram", f"-{number}"), Preferences(), "", title, moderator)


async def test_each_person_is_told_once_of_all_their_chats() -> None:
    platform = RecordingPlatform("telegram")
    chats = [
        make_chat(1, "Folds", "7"),
        make_chat(2, "Loops", "8"),
        make_chat(3, "", "7"),
        make_chat(4, "Nobody's", ""),
    ]
    await notify_moderators(platform, chats, "the bot was kicked")
    told = {address.chat: str(card) for address, card in platform.sent}
    assert len(platform.sent) == len(told) == 2
    assert "Folds, -3" in told["7"]
    assert "Loops" in told["8"]
    assert all("the bot was kicked" in card for card in told.values())


async def test_a_person_is_not_told_of_their_own_chat() -> None:
    platform = RecordingPlatform("telegram")
    await notify_moderators(platform, [make_chat(1, "", "-1")], "the bot was blocked")
    assert platform.sent == []


async def test_one_who_cannot_be_told_keeps_nobody_else_from_it() -> None:
    platform = RecordingPlatform("telegram", [DeliveryError("blocked")])
    with capture_logs() as logs:
        await notify_moderators(
            platform, [make_chat(1, "Folds", "7"), make_chat(2, "Loops", "8")], "the bot was kicked"
        )
    assert [address.chat for address, _ in platform.sent] == ["8"]
    assert [(line["event"], line["reason"]) for line in logs] == [("moderator_not_notified", "blocked")]
