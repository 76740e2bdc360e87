"""What the server of tests can be switched to (``tests/LOOPBACK.md``): each switch tried, and the bot survives it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.web.metrics import PrometheusMetrics
from digestbot.web.server import build_web_app, open_server
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi, build_error_page
from tests.platforms.telegram.botapi.world import BOT_ID, Chat
from tests.platforms.telegram.conftest import RunningBot, Starts, get_webhook
from tests.waiting import HANG_SECONDS, wait_until

# -- updates ------------------------------------------------------------------------------------------------------


async def list_answers(ada: Person) -> list[str]:
    """What was answered, up to a question that is asked last: a chat's questions are answered in their order."""
    await ada.type_text("/settings")
    await ada.api.wait_until(lambda: any(message.text.startswith("Settings") for message in ada.chat.messages))
    return [message.text.split()[0] for message in ada.chat.messages]


async def test_an_update_that_a_poll_brings_again_is_answered_once(bot: RunningBot, api: BotApi, ada: Person) -> None:
    api.again = 2
    await ada.send_text("/topics")
    await api.wait_until(lambda: api.brought[1] == 3)
    api.again = 0
    assert await list_answers(ada) == ["Topics", "Settings"]


async def test_an_answer_to_a_poll_that_is_lost_loses_no_update(bot: RunningBot, api: BotApi, ada: Person) -> None:
    for kind, more in (
        ("reset-after", {}),
        ("cut-head", {}),
        ("cut-body", {}),
        (502, {"body": build_error_page(502)}),
        (429, {"body": ""}),
        (200, {"body": build_error_page(200)}),
    ):
        api.fail_next("getUpdates", kind, **more)  # type: ignore[arg-type]
        await ada.send_text("/topics")
        await api.wait_until(lambda: not api.faults)
    assert await list_answers(ada) == ["Topics"] * 6 + ["Settings"]


async def test_two_that_poll_are_named_and_the_bot_goes_on_when_the_other_ends(
    app: App, start_bot: Starts, api: BotApi, ada: Person
) -> None:
    with capture_logs() as logs:
        async with start_bot(app):
            await ada.send_text("/topics")
            calls = len(api.list_calls("getUpdates"))
            await api.wait_until(lambda: len(api.list_calls("getUpdates")) > calls or api.is_polling)
            await api.poll_elsewhere()
            assert (await ada.send_text("/settings")).text
    assert "telegram_polling_conflict" in [line["event"] for line in logs]


async def test_a_token_that_was_revoked_is_said_and_pauses_nobody(
    due: App, start_bot: Starts, api: BotApi, ada: Person
) -> None:
    with capture_logs() as logs:
        async with start_bot(due) as bot:
            await ada.send_text("/topics")
            token, api.token = api.token, "4242:another-one-by-now-that-nobody-knows"
            assert (await bot.deliver()).not_sent == 1
            await ada.type_text("/topics")
            await wait_until(
                lambda: [line for line in logs if line["event"] == "telegram_poll_failed" and "token" in line["reason"]]
            )
            api.token = token
            await api.wait_until(lambda: len(ada.chat.messages) == 2)  # and it still asks
    found = await due.subscriptions.find(Address("telegram", str(ada.id)))
    assert found
    assert found.pause_reason == ""


@asynccontextmanager
async def open_webhook_bot(app: App, starts: Starts, port: int) -> AsyncIterator[RunningBot]:
    """The bot behind its webhook."""
    async with (
        starts(app, listening=False, public_url=f"http://127.0.0.1:{port}") as made,
        open_server(build_web_app(app.store, app.clock, PrometheusMetrics(), [get_webhook(made)]), "127.0.0.1", port),
        made.listen(),
    ):
        yield made


async def test_an_update_that_is_brought_until_it_is_heard_is_answered_once(
    app: App, start_bot: Starts, api: BotApi, ada: Person, port: int
) -> None:
    async with open_webhook_bot(app, start_bot, port):
        await api.wait_until(lambda: api.webhook.get("url"))
        api.webhook_faults = ["unheard", "hangs-up", "half", "unheard"]
        await ada.send_text("/topics")
        await api.wait_until(lambda: api.webhook_status == [200, 200, 200])
        api.again = 1
        await ada.send_text("/help")
        api.again = 0
        assert [words for words in await list_answers(ada) if words in ("Topics", "Settings")] == ["Topics", "Settings"]
        assert len(ada.chat.messages) == 3


async def test_what_waited_while_the_webhook_was_away_is_answered_in_its_order(
    app: App, start_bot: Starts, api: BotApi, ada: Person, port: int
) -> None:
    async with open_webhook_bot(app, start_bot, port):
        await api.wait_until(lambda: api.webhook.get("url"))
    asking = asyncio.create_task(ada.type_text("/topics"))
    await api.wait_until(lambda: api.refused_by_webhook)
    async with open_webhook_bot(app, start_bot, port):
        await asking
        assert await list_answers(ada) == ["Topics", "Settings"]


# -- forum topics and groups --------------------------------------------------------------------------------------


@pytest.fixture
def lab(ada: Person) -> Chat:
    lab = ada.create_chat("supergroup", "Lab", threads=(7, 8))
    lab.members[BOT_ID] = "member"
    return lab


async def subscribe_threads(app: App, chat: Chat, *threads: str) -> None:
    for thread in threads:
        incoming = IncomingMessage(Address("telegram", str(chat.id), thread), "/subscribe topic-a 11:00")
        assert (await app.dispatcher.handle_message(incoming)).card.ok


async def list_pause_reasons(app: App, chat: Chat, *threads: str) -> list[str]:
    found = [await app.subscriptions.find(Address("telegram", str(chat.id), thread)) for thread in threads]
    return [one.pause_reason.lower() if one else "nobody" for one in found]


@pytest.mark.parametrize("words", ["message thread not found", "TOPIC_DELETED"])
async def test_a_deleted_topic_pauses_that_topic_alone(
    due: App, start_bot: Starts, ada: Person, lab: Chat, words: str
) -> None:
    await subscribe_threads(due, lab, "7", "8")
    lab.deleted_says = words
    ada.delete_topic(lab, 7)
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with start_bot(due, listening=False) as bot:
        await bot.deliver()
    assert [message.thread for message in lab.messages] == [8]
    assert await list_pause_reasons(due, lab, "7", "8") == [words.lower(), ""]


async def test_a_closed_general_topic_pauses_no_other_and_takes_digests_again_once_it_is_open(
    due: App, start_bot: Starts, ada: Person, lab: Chat
) -> None:
    await subscribe_threads(due, lab, "", "7")
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with start_bot(due) as bot:
        await ada.close_topic(lab)
        await bot.deliver()
        assert [message.thread for message in lab.messages] == [7]
        assert await list_pause_reasons(due, lab, "", "7") == ["topic_closed", ""]
        await ada.reopen_topic(lab)
        await ada.send_text("/subscriptions", lab)  # it is answered after that
        assert await list_pause_reasons(due, lab, "", "7") == ["", ""]
        await load_digest(due, 1, "2026-11-25")
        due.clock.set("2026-11-25 11:00")  # type: ignore[attr-defined]
        await bot.deliver()
    assert sorted(str(message.thread) for message in lab.messages if "· Wed 25 Nov" in message.text.split("\n")[0]) == [
        "7",
        "None",
    ]


async def test_a_topic_that_is_opened_again_goes_on_alone(due: App, start_bot: Starts, ada: Person, lab: Chat) -> None:
    await subscribe_threads(due, lab, "7", "8")
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with start_bot(due) as bot:
        await ada.close_topic(lab, 7)
        await ada.close_topic(lab, 8)
        await bot.deliver()
        assert await list_pause_reasons(due, lab, "7", "8") == ["topic_closed", "topic_closed"]
        await ada.reopen_topic(lab, 8)
        await ada.send_text("/subscriptions", lab)
        assert await list_pause_reasons(due, lab, "7", "8") == ["topic_closed", ""]


async def test_an_administrator_writes_in_closed_topics_too(
    due: App, start_bot: Starts, ada: Person, lab: Chat
) -> None:
    await subscribe_threads(due, lab, "7")
    lab.members[BOT_ID] = "administrator"
    lab.closed.add(7)
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with start_bot(due, listening=False) as bot:
        await bot.deliver()
    assert [message.thread for message in lab.messages] == [7]


async def test_a_group_that_becomes_a_supergroup_between_two_parts_gets_the_second_there(
    empty_app: App, start_bot: Starts, api: BotApi, ada: Person, clock
) -> None:
    await load_digest(empty_app, 8)
    group = ada.create_chat("group", "Lab")
    group.members[BOT_ID] = "member"
    await subscribe_threads(empty_app, group, "")
    clock.set("2026-11-24 11:00")
    api.fail_next("sendMessage", "migrate", chat=group.id, skip=1)
    async with start_bot(empty_app, listening=False) as bot:
        await bot.deliver()
        clock.advance(minutes=5)
        await bot.deliver()
    new = api.chats[group.migrated_to]
    assert len(group.messages) == 1
    assert new.messages
    texts = "".join(message.text for message in (*group.messages, *new.messages))
    for number in range(1, 9):
        assert texts.count(f"\nA paper 2611.0000{number}\n") == 1
    assert await list_pause_reasons(empty_app, group, "") == ["nobody"]


async def test_a_group_that_becomes_a_supergroup_before_the_answer_keeps_what_was_asked(
    bot: RunningBot, api: BotApi, ada: Person
) -> None:
    group = ada.create_chat("group", "Lab")
    group.members[BOT_ID] = "member"
    api.fail_next("sendMessage", "migrate", chat=group.id)
    await ada.type_text("/subscribe protein-design", group)
    await api.wait_until(lambda: group.migrated_to)
    new = api.chats[group.migrated_to]
    async with asyncio.timeout(HANG_SECONDS):  # its subscription follows it once the bot has heard of it
        while await bot.app.subscriptions.find(Address("telegram", str(new.id))) is None:
            await asyncio.sleep(0.01)
    answer = await ada.send_text("/topics", new)
    assert answer.find_button("Protein Design")["text"].startswith("✅")


# -- answers to people --------------------------------------------------------------------------------------------


async def test_no_fault_of_an_answer_stops_the_bot_or_answers_twice(bot: RunningBot, api: BotApi) -> None:
    arrives = {"cut-head": 1, "cut-body": 1, "reset-after": 1, "unread": 0, "reset": 0}
    for kind, arrived in arrives.items():
        api.fail_next("sendMessage", kind)
        assert await ask_twice(Person(api)) == arrived, kind  # each chat has its own limits
    for code in (502, 503, 504, 413, 403, 200):
        api.fail_next("sendMessage", code, body=build_error_page(code, "cloudflare"))
        assert await ask_twice(Person(api)) == 0, code


async def ask_twice(person: Person) -> int:
    """Ask two questions: how often the first is answered before the second, which is answered last."""
    before = len(person.chat.messages)
    await person.type_text("/topics")
    await person.type_text("/help")
    await person.api.wait_until(lambda: [m for m in person.chat.messages[before:] if not m.text.startswith("Topics")])
    assert not person.api.faults
    return len(person.chat.messages) - before - 1


# -- coming up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["getMe", "setWebhook"])
async def test_what_goes_wrong_when_it_starts_is_waited_for(
    app: App, start_bot: Starts, api: BotApi, ada: Person, port: int, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr("digestbot.platforms.common.connecting._FIRST_RETRY_SECONDS", 0.001)
    for kind, body in ((502, build_error_page(502)), (200, build_error_page(200)), ("reset", None), (429, None)):
        api.fail_next(method, kind, body=body, retry_after=0)
    with capture_logs() as logs:
        async with open_webhook_bot(app, start_bot, port):
            await api.wait_until(lambda: api.webhook.get("url"))
            assert (await ada.send_text("/topics")).text
    assert [line["event"] for line in logs].count("telegram_not_reached") == 4
