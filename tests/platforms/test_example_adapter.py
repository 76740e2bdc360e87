"""The example adapter listens, asks who may do what, and keeps to what Parlour answers; the rest is the contract's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from digestbot.app import App, open_platform
from digestbot.core.ports import SendContext
from digestbot.domain.subscription import Address
from digestbot.errors import DeliveryError, PermanentDeliveryError, RateLimitedError, SettingsError
from tests.conftest import ROOT
from tests.platforms.example_adapter import ParlourPlatform
from tests.platforms.example_server import TOKEN, ParlourServer
from tests.waiting import wait_until

ROOM = Address("parlour", "papers")


@pytest.fixture
async def parlour() -> AsyncIterator[ParlourServer]:
    async with ParlourServer() as server:
        yield server


@pytest.fixture
async def platform(app: App, parlour: ParlourServer) -> AsyncIterator[ParlourPlatform]:
    async with open_platform(ParlourPlatform(parlour.url, TOKEN)) as platform:
        listening = asyncio.create_task(platform.listen(app.dispatcher.handle_message))
        yield platform
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_what_is_typed_is_answered(platform: ParlourPlatform, parlour: ParlourServer) -> None:
    await parlour.send_text("ada", "/latest protein-design")
    assert "LoopSmith" in (await wait_until(lambda: parlour.posts["ada"]))[0]


async def test_only_a_moderator_changes_what_a_room_receives(platform: ParlourPlatform, parlour: ParlourServer) -> None:
    parlour.moderators["papers"] = ["mod"]
    await parlour.send_text("ada", "/subscribe protein-design", room="papers")
    await parlour.send_text("mod", "/subscribe protein-design", room="papers")
    await wait_until(lambda: len(parlour.posts["papers"]) == 2)
    refused, done = parlour.posts["papers"]
    assert "administrators" in refused
    assert "Subscribed" in done


async def test_a_message_with_the_same_key_is_posted_once(platform: ParlourPlatform, parlour: ParlourServer) -> None:
    for _ in range(2):
        await platform.send(ROOM, "A digest", SendContext("key"))
    assert parlour.posts["papers"] == ["A digest"]


@pytest.mark.parametrize(("status", "is_permanent"), [(403, True), (404, True), (400, False), (500, False)])
async def test_an_error_says_whether_the_room_is_gone(
    status: int, is_permanent: bool, platform: ParlourPlatform, parlour: ParlourServer
) -> None:
    parlour.errors = [(status, {"reason": "no"})]
    with pytest.raises(DeliveryError) as caught:
        await platform.send(ROOM, "A digest")
    assert isinstance(caught.value, PermanentDeliveryError) is is_permanent


async def test_a_wait_that_parlour_asks_for_is_kept(platform: ParlourPlatform, parlour: ParlourServer) -> None:
    parlour.errors = [(429, {"reason": "too many messages", "retry_after": 30})]
    with pytest.raises(RateLimitedError):
        await platform.send(ROOM, "A digest")
    with pytest.raises(RateLimitedError) as caught:
        await platform.acquire(ROOM)
    assert caught.value.retry_after == pytest.approx(30, abs=1)


async def test_a_wrong_token_is_a_sentence(parlour: ParlourServer) -> None:
    platform = ParlourPlatform(parlour.url, "wrong")
    with pytest.raises(SettingsError, match="Parlour refuses the token"):
        await platform.connect()
    await platform.close()


def test_the_example_is_short() -> None:
    assert len((ROOT / "tests/platforms/example_adapter.py").read_text("utf-8").splitlines()) < 150
