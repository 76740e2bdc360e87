"""Deliveries to Telegram: parts, limits, faults, and what stays when a process dies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from digestbot.app import App
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.delivery.service import DeliveryService
from digestbot.domain.delivery import mark_sending
from digestbot.domain.subscription import Address
from digestbot.store.deliveries.outbox import PlanningPolicy
from digestbot.store.tables import outbox
from tests.platforms.mornings import load_digest, read_rows
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.conftest import Starts
from tests.platforms.telegram.mornings import choose_rich, subscribe
from tests.waiting import HANG_SECONDS


async def test_a_digest_is_classic_until_the_chat_chooses_rich(due: App, start_bot: Starts, ada: Person) -> None:
    async with start_bot(due, listening=False) as bot:
        assert (await bot.deliver()).sent == 1
    (message,) = ada.chat.messages
    assert message.method == "sendMessage"
    assert message.parsed.tags.count("blockquote") == 2
    assert [button["text"] for button in message.keyboard] == ["1 A paper 2611.000…", "2 A paper 2611.000…"]


async def test_a_digest_is_one_rich_message_without_mentions_or_hashtags(
    due: App, start_bot: Starts, ada: Person
) -> None:
    await choose_rich(due, ada)
    async with start_bot(due, listening=False) as bot:
        assert (await bot.deliver()).sent == 1
    (message,) = ada.chat.messages
    assert message.rich
    assert message.params["rich_message"]["skip_entity_detection"] is True
    assert message.parsed.tags.count("details") == 2 * 3
    assert "allow_paid_broadcast" not in message.params


async def test_paid_broadcast_is_asked_for_where_the_operator_wants_it(
    due: App, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(due, listening=False, paid_broadcast=True) as bot:
        await bot.deliver()
    assert ada.chat.messages[0].params["allow_paid_broadcast"] is True


@pytest.mark.parametrize("chosen", [{"card_style": "classic"}, {}], ids=["operator", "old server"])
async def test_the_operator_or_an_old_server_makes_it_classic(
    due: App, api: BotApi, start_bot: Starts, ada: Person, chosen: dict[str, str]
) -> None:
    api.rich = bool(chosen)
    await choose_rich(due, ada)
    async with start_bot(due, listening=False, **chosen) as bot:
        await bot.deliver()
    (message,) = ada.chat.messages
    assert message.method == "sendMessage"
    assert "blockquote" in message.parsed.tags
    assert len(api.list_calls("sendRichMessage")) == (0 if chosen else 1)  # asked once, and then no more


async def test_a_server_without_buttons_inside_gets_links_instead_from_then_on(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    api.newer = False
    other = Person(api)
    await subscribe(due, other, "/subscribe topic-a 11:00")
    await choose_rich(due, ada, other)
    async with start_bot(due, listening=False) as bot:
        await bot.deliver()
        due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
        await bot.deliver()
    assert "https://t.me/digest_test_bot?start=save_2611-00001" in ada.chat.messages[0].parsed.links
    assert other.chat.messages[0].rich
    assert len(api.list_calls("sendRichMessage")) == 1 + 2 + 1  # the probe, one refused, two taken


async def test_many_at_once_all_get_the_rich_card_when_the_server_turns_out_to_be_older(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    api.newer = False
    others = [Person(api) for _ in range(20)]
    for other in others:
        await subscribe(due, other)
    await choose_rich(due, ada, *others)
    due.clock.advance(days=1)  # type: ignore[attr-defined]
    async with start_bot(due, listening=False, messages_per_second=1000) as bot:
        api.latency = 0.1  # so that all are on their way before the first is refused
        assert (await bot.deliver()).sent == 21
    assert {message.method for message in api.list_messages()} == {"sendRichMessage"}


async def test_a_message_that_is_refused_as_such_goes_out_classic_and_the_next_one_rich(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    await choose_rich(due, ada)
    async with start_bot(due, listening=False) as bot:
        api.fail_next("sendRichMessage", 400, description="Bad Request: can't parse rich message: x")
        await bot.deliver()
        assert ada.chat.messages[0].method == "sendMessage"
        await load_digest(due, 1, "2026-11-25")
        due.clock.set("2026-11-25 10:00")  # type: ignore[attr-defined]
        await bot.deliver()
    assert ada.chat.messages[-1].rich


@pytest.mark.parametrize("style", ["auto", "classic"])
@pytest.mark.parametrize("words", ["can't parse entities: x", "message is too long"])
async def test_a_message_that_is_refused_in_classic_form_too_has_failed_and_is_not_sent_over_and_over(
    due: App, api: BotApi, start_bot: Starts, ada: Person, style: str, words: str
) -> None:
    await choose_rich(due, ada)
    if style == "auto":
        api.fail_next("sendRichMessage", 400, chat=ada.id, description=f"Bad Request: {words}")
    api.fail_next("sendMessage", 400, description=f"Bad Request: {words}")
    async with start_bot(due, listening=False, card_style=style) as bot:
        assert (await bot.deliver()).not_sent == 1
    assert len(api.list_calls("sendMessage")) == 1
    assert ada.chat.messages == []
    ((_, reason),) = await read_rows(due)
    assert words.lower() in reason.lower()


# -- parts and crashes --------------------------------------------------------------------------------------------


async def test_a_long_digest_comes_in_parts_with_every_paper_once(
    empty_app: App, api: BotApi, start_bot: Starts, ada: Person, clock
) -> None:
    await load_digest(empty_app, 8)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False) as bot:
        assert (await bot.deliver()).sent == 1
    assert len(ada.chat.messages) >= 2
    texts = "\n" + "\n".join(message.text for message in ada.chat.messages)
    for number in range(1, 9):
        assert texts.count(f"\n{number}. It measures what was only believed.\nA paper 2611.0000{number}\n") == 1


async def test_a_failure_at_the_second_part_does_not_repeat_the_first(
    empty_app: App, api: BotApi, start_bot: Starts, ada: Person, clock
) -> None:
    await load_digest(empty_app, 8)
    await subscribe(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False) as bot:
        delivering = asyncio.create_task(bot.deliver())
        await api.wait_until(lambda: ada.chat.messages)
        api.fail_next("sendMessage", 500)
        await delivering
        assert len(ada.chat.messages) == 1
        clock.advance(seconds=30)
        await bot.deliver()
    firsts = [message for message in ada.chat.messages if "1. " in message.text]
    assert len(firsts) == 1
    assert [state for state, _ in await read_rows(empty_app)] == ["sent"]


async def test_what_was_all_out_when_the_process_died_is_only_marked(due: App, start_bot: Starts, ada: Person) -> None:
    now = due.clock.now()
    await plan_deliveries(due.store, now, PlanningPolicy(timedelta(0)))
    (claimed,) = await due.store.outbox.claim("telegram", now, timedelta(seconds=1), 10)
    await due.store.outbox.apply_updates([mark_sending(replace(claimed, parts_sent=1), now + timedelta(seconds=1))])
    due.clock.advance(minutes=5)  # type: ignore[attr-defined]
    async with start_bot(due, listening=False) as bot:
        assert (await bot.deliver()).sent == 1
    assert ada.chat.messages == []
    assert [state for state, _ in await read_rows(due)] == ["sent"]


async def test_a_round_that_is_ended_finishes_what_left_and_hands_back_the_rest(
    empty_app: App, api: BotApi, start_bot: Starts, clock
) -> None:
    await load_digest(empty_app)
    people = [Person(api) for _ in range(40)]
    for person in people:
        await subscribe(empty_app, person)
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False, messages_per_second=5) as bot:
        api.latency = 0.5
        delivering = asyncio.create_task(bot.deliver())
        await api.wait_until(lambda: len(api.list_calls("sendMessage")) >= 5)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    states = [state for state, _ in await read_rows(empty_app)]
    assert states.count("sent") == len(api.list_messages()) >= 4
    assert states.count("due") == 40 - len(api.list_messages())
    api.latency = 0.0
    async with start_bot(empty_app, listening=False, messages_per_second=1000) as bot:
        await bot.deliver()
    assert {len(person.chat.messages) for person in people} == {1}


async def test_what_does_not_end_in_time_keeps_its_lease(
    due: App, api: BotApi, start_bot: Starts, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.worker._SHUTDOWN_TIMEOUT_SECONDS", 0.2)
    async with start_bot(due, listening=False) as bot:
        api.fail_next("sendMessage", "timeout-after")
        delivering = asyncio.create_task(bot.deliver())
        await api.wait_until(lambda: ada.chat.messages)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    assert [state for state, _ in await read_rows(due)] == ["sending"]


async def test_what_waits_for_the_platform_is_taken_by_nobody_else(
    due: App, api: BotApi, start_bot: Starts, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.core.delivery.claims.LEASE_DURATION", timedelta(seconds=0.4))
    waits, goes_on = asyncio.Event(), asyncio.Event()
    async with start_bot(due, listening=False) as bot:
        limit = bot.platform.acquire

        async def acquire_slowly(address: Address) -> None:
            waits.set()
            await goes_on.wait()
            await limit(address)

        monkeypatch.setattr(bot.platform, "acquire", acquire_slowly)
        first, second = (
            DeliveryService(due.store, due.clock, [bot.platform], planning=PlanningPolicy(timedelta(0)))
            for _ in range(2)
        )
        sending = asyncio.create_task(first.run_cycle())
        await waits.wait()
        for _ in range(2):
            due.clock.advance(minutes=1)  # type: ignore[attr-defined]
            await wait_for_renewal(due)
            assert (await second.run_cycle()).sent == 0
        goes_on.set()
        assert (await sending).sent == 1
    assert len(ada.chat.messages) == 1


async def test_nothing_is_marked_as_sent_while_its_message_is_on_its_way(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(due, listening=False) as bot:
        api.fail_next("sendMessage", "held")
        delivering = asyncio.create_task(bot.deliver())
        await api.wait_until(lambda: len(api.list_calls("sendMessage")) == 1)
        assert [state for state, _ in await read_rows(due)] == ["sending"]
        api.release.set()
        assert (await delivering).sent == 1
    assert [state for state, _ in await read_rows(due)] == ["sent"]


async def test_what_is_on_its_way_arrives_though_the_bot_no_longer_listens(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(due, listening=False) as bot:
        async with bot.listen():
            await ada.send_text("/help")
            api.fail_next("sendMessage", "held")
            delivering = asyncio.create_task(bot.deliver())
            sent = len(api.list_calls("sendMessage"))
            await api.wait_until(lambda: len(api.list_calls("sendMessage")) > sent)
        api.release.set()
        assert (await delivering).sent == 1
    assert [state for state, _ in await read_rows(due)] == ["sent"]


async def wait_for_renewal(app: App) -> None:
    """Wait until the lease of what is on its way is renewed."""
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            async with app.store.database.read() as connection:
                if (await connection.execute(select(outbox.c.available_at))).scalar_one() > app.clock.now():
                    return
            await asyncio.sleep(0.01)


# -- limits -------------------------------------------------------------------------------------------------------


async def test_the_server_never_has_to_say_that_it_is_too_much(
    empty_app: App, api: BotApi, start_bot: Starts, clock
) -> None:
    api.limits.token, api.limits.chat_seconds = 45, 0.9
    await load_digest(empty_app)
    await load_digest(empty_app, topic="Topic B")
    people = [Person(api) for _ in range(30)]
    for person in people:
        await subscribe(empty_app, person)
        await subscribe(empty_app, person, "/subscribe topic-b 10:00")
        await subscribe(empty_app, person, "/settings bundle off")
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False, messages_per_second=39) as bot:
        done = await bot.deliver()
    assert (done.sent, done.not_sent) == (60, 0)
    assert api.busiest_second <= 45


async def test_the_same_morning_a_paper_of_two_topics_comes_once(
    empty_app: App, api: BotApi, start_bot: Starts, ada: Person, clock
) -> None:
    await load_digest(empty_app, 2)
    await load_digest(empty_app, 2, topic="Topic B")
    await subscribe(empty_app, ada)
    await subscribe(empty_app, ada, "/subscribe topic-b 10:00")
    await subscribe(empty_app, ada, "/settings bundle off")
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False) as bot:
        await bot.deliver()
    assert "Already sent in Topic A" in ada.chat.messages[1].text
