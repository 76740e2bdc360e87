"""Deliveries to Telegram: parts, limits, faults, and what stays when a process dies."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select

from digestbot.app import App
from digestbot.core.delivery.dispatch import Delivering
from digestbot.core.ports import SystemClock
from digestbot.domain.subscription import Address
from digestbot.store.digests import PageKey
from digestbot.store.tables import digests, outbox, subscriptions
from tests.factories import digest, entry
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT_ID
from tests.platforms.telegram.conftest import Running, Starts


async def load(app: App, count: int = 2, day: str = "2026-11-24", topic: str = "Topic A", **more: object) -> None:
    entries = [entry(f"2611.{i:05}", **more) for i in range(1, count + 1)]
    key = PageKey(f"{topic}/{day}", day, {})
    await app.store.digests.save_pages([(key, [digest(topic, day, entries)])], app.clock.now())


async def subscribe(app: App, person: Person, text: str = "/subscribe topic-a 10:00") -> None:
    from digestbot.core.ports import Said

    person.chat.members[BOT_ID] = "member"
    card = (await app.dispatcher.reply(Said(Address("telegram", str(person.id)), text))).card
    assert card.ok


async def rows(app: App) -> list[tuple[str, str]]:
    async with app.store.database.read() as connection:
        found = await connection.execute(select(outbox.c.state, outbox.c.reason).order_by(outbox.c.id))
        return [(row.state, row.reason) for row in found]


@pytest.fixture
async def due(empty_app: App, ada: Person, clock) -> App:
    """An app in which Ada's digest is due now."""
    await load(empty_app)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    return empty_app


async def test_a_digest_is_one_rich_message_without_mentions_or_hashtags(due: App, starts: Starts, ada: Person) -> None:
    async with starts(due, listening=False) as bot:
        assert (await bot.delivers()).sent == 1
    (message,) = ada.chat.messages
    assert message.rich
    assert message.params["rich_message"]["skip_entity_detection"] is True
    assert message.parsed.tags.count("details") == 2 * 3
    assert "allow_paid_broadcast" not in message.params


async def test_paid_broadcast_is_asked_for_where_the_operator_wants_it(due: App, starts: Starts, ada: Person) -> None:
    async with starts(due, listening=False, paid_broadcast=True) as bot:
        await bot.delivers()
    assert ada.chat.messages[0].params["allow_paid_broadcast"] is True


@pytest.mark.parametrize("chosen", [{"cards": "classic"}, {}], ids=["operator", "old server"])
async def test_the_operator_or_an_old_server_makes_it_classic(
    due: App, api: BotApi, starts: Starts, ada: Person, chosen: dict[str, str]
) -> None:
    api.rich = bool(chosen)
    async with starts(due, listening=False, **chosen) as bot:
        await bot.delivers()
    (message,) = ada.chat.messages
    assert message.method == "sendMessage"
    assert "blockquote" in message.parsed.tags
    assert len(api.of("sendRichMessage")) == (0 if chosen else 1)  # asked once, and then no more


async def test_a_server_without_buttons_inside_gets_links_instead_from_then_on(
    due: App, api: BotApi, starts: Starts, ada: Person
) -> None:
    api.newer = False
    other = Person(api)
    await subscribe(due, other, "/subscribe topic-a 11:00")
    async with starts(due, listening=False) as bot:
        await bot.delivers()
        due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
        await bot.delivers()
    assert "https://t.me/digest_test_bot?start=save_2611-00001" in ada.chat.messages[0].parsed.links
    assert other.chat.messages[0].rich
    assert len(api.of("sendRichMessage")) == 1 + 2 + 1  # the probe, one refused, two taken


async def test_many_at_once_all_get_the_rich_card_when_the_server_turns_out_to_be_older(
    due: App, api: BotApi, starts: Starts, ada: Person
) -> None:
    api.newer = False
    others = [Person(api) for _ in range(20)]
    for other in others:
        await subscribe(due, other)
    due.clock.forward(days=1)  # type: ignore[attr-defined]
    async with starts(due, listening=False, messages_per_second=1000) as bot:
        api.latency = 0.1  # so that all are on their way before the first is refused
        assert (await bot.delivers()).sent == 21
    assert {message.method for message in api.messages()} == {"sendRichMessage"}


async def test_a_message_that_is_refused_as_such_goes_out_classic_and_the_next_one_rich(
    due: App, api: BotApi, starts: Starts, ada: Person
) -> None:
    async with starts(due, listening=False) as bot:
        api.fail("sendRichMessage", 400, description="Bad Request: can't parse rich message: x")
        await bot.delivers()
        assert ada.chat.messages[0].method == "sendMessage"
        await load(due, 1, "2026-11-25")
        due.clock.set("2026-11-25 10:00")  # type: ignore[attr-defined]
        await bot.delivers()
    assert ada.chat.messages[-1].rich


# -- parts and crashes --------------------------------------------------------------------------------------------

LONG = {"abstract": "word " * 3000}


async def test_a_long_digest_goes_on_from_the_part_it_stopped_at(
    empty_app: App, api: BotApi, starts: Starts, ada: Person, clock
) -> None:
    await load(empty_app, 4, **LONG)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with starts(empty_app, listening=False) as bot:
        parts = len(bot.platform.parts(*(await _card(bot))))
        assert parts >= 2
        api.fail("sendRichMessage", 500, times=1, chat=ada.id)
        api.faults[0].times = 1
        api.faults.insert(0, api.faults.pop())
        await bot.delivers()
        assert ada.chat.messages == []
        clock.forward(seconds=30)
        await bot.delivers()
        assert len(ada.chat.messages) == parts
    texts = "".join(message.text for message in ada.chat.messages)
    for number in range(1, 5):
        assert texts.count(f"{number}. A paper 2611.0000{number}") == 1


async def _card(bot: Running):
    from digestbot.cards.papers import View, digest_pages
    from digestbot.domain.subscription import Format

    match = await bot.app.library.topic("topic-a")
    assert match.topic
    found = await bot.app.library.latest(match.topic)
    assert found
    (card,) = digest_pages(found.topic, found.digest, View(can=bot.platform.shows(Format.RICH)))
    return card, Format.RICH


async def test_a_failure_at_the_second_part_does_not_repeat_the_first(
    empty_app: App, api: BotApi, starts: Starts, ada: Person, clock
) -> None:
    await load(empty_app, 4, **LONG)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with starts(empty_app, listening=False) as bot:
        delivering = asyncio.create_task(bot.delivers())
        await api.until(lambda: ada.chat.messages)
        api.fail("sendRichMessage", 500)
        await delivering
        assert len(ada.chat.messages) == 1
        clock.forward(seconds=30)
        await bot.delivers()
    firsts = [message for message in ada.chat.messages if "1. A paper" in message.text]
    assert len(firsts) == 1
    assert [state for state, _ in await rows(empty_app)] == ["sent"]


async def test_a_round_that_is_ended_finishes_what_left_and_hands_back_the_rest(
    empty_app: App, api: BotApi, starts: Starts, clock
) -> None:
    await load(empty_app)
    people = [Person(api) for _ in range(40)]
    for person in people:
        await subscribe(empty_app, person)
    clock.set("2026-11-24 10:00")
    async with starts(empty_app, listening=False, messages_per_second=5) as bot:
        api.latency = 0.5
        delivering = asyncio.create_task(bot.delivers())
        await api.until(lambda: len(api.of("sendRichMessage")) >= 5)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    states = [state for state, _ in await rows(empty_app)]
    assert states.count("sent") == len(api.messages()) >= 4
    assert states.count("due") == 40 - len(api.messages())
    api.latency = 0.0
    async with starts(empty_app, listening=False, messages_per_second=1000) as bot:
        await bot.delivers()
    assert {len(person.chat.messages) for person in people} == {1}


async def test_what_does_not_end_in_time_keeps_its_lease(
    due: App, api: BotApi, starts: Starts, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.dispatch._FINISHED_IN", 0.2)
    async with starts(due, listening=False) as bot:
        api.hang_seconds = 3
        api.fail("sendRichMessage", "timeout-after")
        delivering = asyncio.create_task(bot.delivers())
        await api.until(lambda: ada.chat.messages)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    assert [state for state, _ in await rows(due)] == ["sending"]


async def test_what_waits_for_the_platform_is_taken_by_nobody_else(
    empty_app: App, api: BotApi, starts: Starts, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.dispatch._LEASE", timedelta(seconds=0.8))
    await load(empty_app)
    await subscribe(empty_app, ada, "/subscribe topic-a instant")
    clock = SystemClock()
    await load(empty_app, day="2026-11-25")
    async with empty_app.store.database.write() as connection:
        await connection.execute(subscriptions.update().values(since=clock.now() - timedelta(days=900)))
        await connection.execute(digests.update().values(loaded_at=clock.now()))
    async with starts(empty_app, listening=False) as bot:
        api.latency = 2.5
        first, second = (Delivering(empty_app.store, clock, [bot.platform]) for _ in range(2))
        sending = asyncio.create_task(first.round())
        await asyncio.sleep(1.5)  # its first lease has run out
        assert (await second.round()).sent == 0
        assert (await sending).sent == 1
    assert len(ada.chat.messages) == 1


# -- faults -------------------------------------------------------------------------------------------------------


async def test_a_flood_wait_is_obeyed_and_holds_up_nobody_else(
    due: App, api: BotApi, starts: Starts, ada: Person
) -> None:
    other = Person(api)
    await subscribe(due, other, "/subscribe topic-a 10:00")
    due.clock.forward(days=1)  # type: ignore[attr-defined]
    api.fail("sendRichMessage", 429, chat=ada.id, retry_after=40)
    async with starts(due, listening=False) as bot:
        await bot.delivers()
        assert (len(ada.chat.messages), len(other.chat.messages)) == (0, 1)
        due.clock.forward(seconds=39)  # type: ignore[attr-defined]
        assert (await bot.delivers()).sent == 0


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
    due: App, starts: Starts, ada: Person, gone: str, reason: str
) -> None:
    ada.chat.gone = gone
    async with starts(due, listening=False) as bot:
        assert (await bot.delivers()).failed == 1
    found = await due.subscriptions.who(Address("telegram", str(ada.id)))
    assert found
    assert reason.lower() in found.paused.lower()


async def test_a_closed_forum_topic_pauses_that_topic_alone(due: App, api: BotApi, starts: Starts, ada: Person) -> None:
    from digestbot.core.ports import Said

    lab = ada.makes("supergroup", "Lab", threads=(7, 8))
    lab.members[BOT_ID] = "member"
    lab.closed.add(7)
    for thread in ("7", "8"):
        said = Said(Address("telegram", str(lab.id), thread), "/subscribe topic-a 11:00")
        await due.dispatcher.reply(said)
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with starts(due, listening=False) as bot:
        await bot.delivers()
    assert [message.thread for message in lab.messages] == [8]
    closed, opened = [await due.subscriptions.who(Address("telegram", str(lab.id), t)) for t in ("7", "8")]
    assert closed
    assert opened
    assert (closed.paused.upper(), opened.paused) == ("TOPIC_CLOSED", "")


@pytest.mark.parametrize("kind", [500, 502, "timeout", "timeout-after", "reset", "reset-after"])
async def test_a_passing_fault_is_tried_again_later_and_not_at_once(
    due: App, api: BotApi, starts: Starts, ada: Person, kind: int | str
) -> None:
    api.hang_seconds = 0.6
    async with starts(due, listening=False, timeout_seconds=0.3) as bot:
        api.fail("sendRichMessage", kind)
        assert (await bot.delivers()).failed == 1
        assert len(api.of("sendRichMessage")) == 2  # the probe, and one try
        due.clock.forward(seconds=10)  # type: ignore[attr-defined]
        assert (await bot.delivers()).sent == 1
    assert len(ada.chat.messages) == (2 if str(kind).endswith("after") else 1)


@pytest.mark.parametrize("kind", ["timeout-after", "reset-after"])
async def test_what_may_have_arrived_is_not_sent_again_where_the_operator_says_so(
    due: App, api: BotApi, starts: Starts, ada: Person, kind: str
) -> None:
    api.hang_seconds = 0.6
    skipping = App(
        due.settings.model_copy(update={"telegram": due.settings.telegram.model_copy(update={"ambiguous": "skip"})}),
        due.store,
        due.clock,
        due.library,
        due.subscriptions,
        due.dispatcher,
    )
    async with starts(skipping, listening=False, timeout_seconds=0.3) as bot:
        api.fail("sendRichMessage", kind)
        await bot.delivers()
        due.clock.forward(hours=1)  # type: ignore[attr-defined]
        await bot.delivers()
    assert len(ada.chat.messages) == 1
    assert [state for state, _ in await rows(due)] == ["failed"]


async def test_a_lease_that_ran_out_is_skipped_where_the_operator_says_so(due: App) -> None:
    now = due.clock.now()
    await due.store.outbox.plan(now, {})
    assert await due.store.outbox.claim(["telegram"], now, timedelta(minutes=2), 10)
    assert await due.store.outbox.fail_ambiguous(["discord"], now + timedelta(minutes=3), "x") == 0
    assert await due.store.outbox.fail_ambiguous(["telegram"], now + timedelta(minutes=1), "x") == 0
    assert await due.store.outbox.fail_ambiguous(["telegram"], now + timedelta(minutes=3), "x") == 1


# -- limits -------------------------------------------------------------------------------------------------------


async def test_the_server_never_has_to_say_that_it_is_too_much(
    empty_app: App, api: BotApi, starts: Starts, clock
) -> None:
    api.limits.token, api.limits.chat_seconds = 45, 0.9
    await load(empty_app)
    await load(empty_app, topic="Topic B")
    people = [Person(api) for _ in range(30)]
    for person in people:
        await subscribe(empty_app, person)
        await subscribe(empty_app, person, "/subscribe topic-b 10:00")
    clock.set("2026-11-24 10:00")
    async with starts(empty_app, listening=False, messages_per_second=39) as bot:
        done = await bot.delivers()
    assert (done.sent, done.failed) == (60, 0)
    assert api.busiest_second <= 45


async def test_the_same_morning_a_paper_of_two_topics_comes_once(
    empty_app: App, api: BotApi, starts: Starts, ada: Person, clock
) -> None:
    await load(empty_app, 2)
    await load(empty_app, 2, topic="Topic B")
    await subscribe(empty_app, ada)
    await subscribe(empty_app, ada, "/subscribe topic-b 10:00")
    clock.set("2026-11-24 10:00")
    async with starts(empty_app, listening=False) as bot:
        await bot.delivers()
    assert "You have it from Topic A" in ada.chat.messages[1].text


# -- secrets ------------------------------------------------------------------------------------------------------


async def test_the_token_is_in_no_log_line_whatever_goes_wrong(
    due: App, api: BotApi, starts: Starts, ada: Person, caplog: pytest.LogCaptureFixture, capfd
) -> None:
    caplog.set_level(logging.DEBUG)
    api.hang_seconds = 0.5
    async with starts(due, timeout_seconds=0.2) as bot:
        for kind in (429, 500, "timeout", "reset"):
            api.fail("sendRichMessage", kind)
            await bot.delivers()
            due.clock.forward(hours=1)  # type: ignore[attr-defined]
        api.fail("getUpdates", 500, times=2)
        await ada.types("/help")
        await asyncio.sleep(0.5)
    out, err = capfd.readouterr()
    said = caplog.text + out + err
    assert "telegram" in said
    assert TOKEN not in said
    assert TOKEN.split(":")[1] not in said


async def test_what_was_all_out_when_the_process_died_is_only_marked(due: App, starts: Starts, ada: Person) -> None:
    now = due.clock.now()
    await due.store.outbox.plan(now, {})
    (claimed,) = await due.store.outbox.claim(["telegram"], now, timedelta(seconds=1), 10)
    await due.store.outbox.part_sent(claimed.id, 1, now + timedelta(seconds=1))
    due.clock.forward(minutes=5)  # type: ignore[attr-defined]
    async with starts(due, listening=False) as bot:
        assert (await bot.delivers()).sent == 1
    assert ada.chat.messages == []
    assert [state for state, _ in await rows(due)] == ["sent"]
