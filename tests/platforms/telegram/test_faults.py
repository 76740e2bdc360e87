"""What goes wrong on the way to Telegram: passing, lasting, and in doubt; and that none of it tells the token."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from digestbot.app import App
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.domain.subscription import Address
from digestbot.store.deliveries.outbox import PlanningPolicy
from tests.platforms.mornings import read_rows
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi, build_error_page
from tests.platforms.telegram.botapi.world import BOT_ID
from tests.platforms.telegram.conftest import Starts
from tests.platforms.telegram.mornings import subscribe


async def test_a_flood_wait_is_obeyed_and_holds_up_nobody_else(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    other = Person(api)
    await subscribe(due, other, "/subscribe topic-a 10:00")
    due.clock.advance(days=1)  # type: ignore[attr-defined]
    api.fail_next("sendMessage", 429, chat=ada.id, retry_after=40)
    async with start_bot(due, listening=False) as bot:
        await bot.deliver()
        assert (len(ada.chat.messages), len(other.chat.messages)) == (0, 1)
        due.clock.advance(seconds=39)  # type: ignore[attr-defined]
        assert (await bot.deliver()).sent == 0


@pytest.mark.parametrize(
    ("gone", "reason"),
    [
        ("Forbidden: bot was blocked by the user", "bot was blocked by the user"),
        ("Forbidden: user is deactivated", "user is deactivated"),
        ("Bad Request: chat not found", "Chat not found"),
        ("Bad Request: not enough rights to send text messages to the chat", "Not enough rights"),
    ],
)
async def test_a_chat_that_takes_nothing_is_paused_with_the_reason(
    due: App, start_bot: Starts, ada: Person, gone: str, reason: str
) -> None:
    ada.chat.gone = gone
    async with start_bot(due, listening=False) as bot:
        assert (await bot.deliver()).not_sent == 1
    found = await due.subscriptions.find(Address("telegram", str(ada.id)))
    assert found
    assert reason.lower() in found.pause_reason.lower()


async def test_a_closed_forum_topic_pauses_that_topic_alone(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    from digestbot.core.ports import IncomingMessage

    lab = ada.create_chat("supergroup", "Lab", threads=(7, 8))
    lab.members[BOT_ID] = "member"
    lab.closed.add(7)
    for thread in ("7", "8"):
        incoming = IncomingMessage(Address("telegram", str(lab.id), thread), "/subscribe topic-a 11:00")
        await due.dispatcher.handle_message(incoming)
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with start_bot(due, listening=False) as bot:
        await bot.deliver()
    assert [message.thread for message in lab.messages] == [8]
    closed, opened = [await due.subscriptions.find(Address("telegram", str(lab.id), t)) for t in ("7", "8")]
    assert closed
    assert opened
    assert (closed.pause_reason.upper(), opened.pause_reason) == ("TOPIC_CLOSED", "")


ARRIVES = ("timeout-after", "reset-after", "late", "cut-head", "cut-body")


@pytest.mark.parametrize("kind", [500, 502, "timeout", "reset", "unread", "proxy", "401", *ARRIVES])
async def test_a_passing_fault_is_tried_again_later_and_not_at_once(
    due: App, api: BotApi, start_bot: Starts, ada: Person, kind: int | str
) -> None:
    async with start_bot(due, listening=False, timeout_seconds=1) as bot:
        if kind == "proxy":
            api.fail_next("sendMessage", 502, body=build_error_page(502))
        elif kind == "401":
            api.fail_next("sendMessage", 401, description="Unauthorized")
        else:
            api.fail_next("sendMessage", kind)
        assert (await bot.deliver()).not_sent == 1
        assert len(api.list_calls("sendMessage")) == (0 if kind == "unread" else 1)  # one try
        assert api.faults == []
        due.clock.advance(seconds=10)  # type: ignore[attr-defined]
        assert (await bot.deliver()).sent == 1
    assert len(ada.chat.messages) == (2 if kind in ARRIVES else 1)


@pytest.mark.parametrize("kind", ARRIVES)
async def test_what_may_have_arrived_is_not_sent_again_where_the_operator_says_so(
    due: App, api: BotApi, start_bot: Starts, ada: Person, kind: str
) -> None:
    skipping = App(
        due.settings.model_copy(
            update={"telegram": due.settings.telegram.model_copy(update={"ambiguous_policy": "skip"})}
        ),
        due.store,
        due.clock,
        due.catalog,
        due.subscriptions,
        due.follows,
        due.dispatcher,
    )
    async with start_bot(skipping, listening=False, timeout_seconds=1) as bot:
        api.fail_next("sendMessage", kind)
        await bot.deliver()
        due.clock.advance(hours=1)  # type: ignore[attr-defined]
        await bot.deliver()
    await api.wait_until(lambda: ada.chat.messages)
    assert len(ada.chat.messages) == 1
    assert [state for state, _ in await read_rows(due)] == ["failed"]


async def test_a_lease_that_ran_out_is_skipped_where_the_operator_says_so(due: App) -> None:
    now = due.clock.now()
    await plan_deliveries(due.store, now, PlanningPolicy(timedelta(0)))
    assert await due.store.outbox.claim("telegram", now, timedelta(minutes=2), 10)
    assert await due.store.outbox.fail_ambiguous("discord", now + timedelta(minutes=3), "x") == 0
    assert await due.store.outbox.fail_ambiguous("telegram", now + timedelta(minutes=1), "x") == 0
    assert await due.store.outbox.fail_ambiguous("telegram", now + timedelta(minutes=3), "x") == 1


async def test_the_token_is_in_no_log_line_whatever_goes_wrong(
    due: App, api: BotApi, start_bot: Starts, ada: Person, caplog: pytest.LogCaptureFixture, capfd
) -> None:
    caplog.set_level(logging.DEBUG)
    async with start_bot(due, timeout_seconds=1) as bot:
        for kind in (500, "timeout", "reset", 429):
            api.fail_next("sendMessage", kind)
            await bot.deliver()
            assert api.faults == [], kind
            due.clock.advance(hours=1)  # type: ignore[attr-defined]
        api.fail_next("getUpdates", 500)
        for _ in range(2):
            assert (await ada.send_text("/help")).text  # the second after the fault
        assert api.faults == []
    out, err = capfd.readouterr()
    output = caplog.text + out + err
    assert "telegram" in output
    assert TOKEN not in output
    assert TOKEN.split(":")[1] not in output
