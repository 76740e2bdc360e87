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
from digestbot.web.server import TELEGRAM_PATH, build_web_app, open_server
from tests.platforms.mornings import load
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi, page
from tests.platforms.telegram.botapi.world import BOT_ID, Chat
from tests.platforms.telegram.conftest import Running, Starts
from tests.waiting import HANG_SECONDS, wait_until

# -- updates ------------------------------------------------------------------------------------------------------


async def answers(ada: Person) -> list[str]:
    """What was answered, up to a question that is asked last: a chat's questions are answered in their order."""
    await ada.types("/settings")
    await ada.api.until(lambda: any(message.text.startswith("Settings") for message in ada.chat.messages))
    return [message.text.split()[0] for message in ada.chat.messages]


async def test_an_update_that_a_poll_brings_again_is_answered_once(bot: Running, api: BotApi, ada: Person) -> None:
    api.again = 2
    await ada.says("/topics")
    await api.until(lambda: api.brought[1] == 3)
    api.again = 0
    assert await answers(ada) == ["Topics", "Settings"]


async def test_an_answer_to_a_poll_that_is_lost_loses_no_update(bot: Running, api: BotApi, ada: Person) -> None:
    for kind, more in (
        ("reset-after", {}),
        ("cut-head", {}),
        ("cut-body", {}),
        (502, {"body": page(502)}),
        (429, {"body": ""}),
        (200, {"body": page(200)}),
    ):
        api.fail("getUpdates", kind, **more)  # type: ignore[arg-type]
        await ada.says("/topics")
        await api.until(lambda: not api.faults)
    assert await answers(ada) == ["Topics"] * 6 + ["Settings"]


async def test_two_that_poll_are_named_and_the_bot_goes_on_when_the_other_ends(
    app: App, starts: Starts, api: BotApi, ada: Person
) -> None:
    with capture_logs() as logs:
        async with starts(app):
            await ada.says("/topics")
            calls = len(api.of("getUpdates"))
            await api.until(lambda: len(api.of("getUpdates")) > calls or api.polling)
            await api.polled_elsewhere()
            assert (await ada.says("/settings")).text
    assert "telegram_polled_twice" in [line["event"] for line in logs]


async def test_a_token_that_was_revoked_is_said_and_pauses_nobody(
    due: App, starts: Starts, api: BotApi, ada: Person
) -> None:
    with capture_logs() as logs:
        async with starts(due) as bot:
            await ada.says("/topics")
            token, api.token = api.token, "4242:another-one-by-now-that-nobody-knows"
            assert (await bot.delivers()).not_sent == 1
            await ada.types("/topics")
            await wait_until(
                lambda: [line for line in logs if line["event"] == "telegram_poll_failed" and "token" in line["reason"]]
            )
            api.token = token
            await api.until(lambda: len(ada.chat.messages) == 2)  # and it still asks
    found = await due.subscriptions.find(Address("telegram", str(ada.id)))
    assert found
    assert found.pause_reason == ""


@asynccontextmanager
async def hooked(app: App, starts: Starts, port: int) -> AsyncIterator[Running]:
    """The bot behind its webhook."""
    url = f"http://127.0.0.1:{port}{TELEGRAM_PATH}"
    async with (
        starts(app, listening=False, webhook_url=url) as made,
        open_server(
            build_web_app(app.store, app.clock, PrometheusMetrics(), made.platform.handle_webhook), "127.0.0.1", port
        ),
        made.listening(),
    ):
        yield made


async def test_an_update_that_is_brought_until_it_is_heard_is_answered_once(
    app: App, starts: Starts, api: BotApi, ada: Person, port: int
) -> None:
    async with hooked(app, starts, port):
        await api.until(lambda: api.webhook.get("url"))
        api.webhook_faults = ["unheard", "hangs-up", "half", "unheard"]
        await ada.says("/topics")
        await api.until(lambda: api.webhook_status == [200, 200, 200])
        api.again = 1
        await ada.says("/help")
        api.again = 0
        assert [words for words in await answers(ada) if words in ("Topics", "Settings")] == ["Topics", "Settings"]
        assert len(ada.chat.messages) == 3


async def test_what_waited_while_the_webhook_was_away_is_answered_in_its_order(
    app: App, starts: Starts, api: BotApi, ada: Person, port: int
) -> None:
    async with hooked(app, starts, port):
        await api.until(lambda: api.webhook.get("url"))
    asking = asyncio.create_task(ada.types("/topics"))
    await api.until(lambda: api.refused_by_webhook)
    async with hooked(app, starts, port):
        await asking
        assert await answers(ada) == ["Topics", "Settings"]


# -- forum topics and groups --------------------------------------------------------------------------------------


@pytest.fixture
def lab(ada: Person) -> Chat:
    lab = ada.makes("supergroup", "Lab", threads=(7, 8))
    lab.members[BOT_ID] = "member"
    return lab


async def subscribed(app: App, chat: Chat, *threads: str) -> None:
    for thread in threads:
        said = IncomingMessage(Address("telegram", str(chat.id), thread), "/subscribe topic-a 11:00")
        assert (await app.dispatcher.handle_message(said)).card.ok


async def pauses(app: App, chat: Chat, *threads: str) -> list[str]:
    found = [await app.subscriptions.find(Address("telegram", str(chat.id), thread)) for thread in threads]
    return [one.pause_reason.lower() if one else "nobody" for one in found]


@pytest.mark.parametrize("words", ["message thread not found", "TOPIC_DELETED"])
async def test_a_deleted_topic_pauses_that_topic_alone(
    due: App, starts: Starts, ada: Person, lab: Chat, words: str
) -> None:
    await subscribed(due, lab, "7", "8")
    lab.deleted_says = words
    ada.deletes_topic(lab, 7)
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with starts(due, listening=False) as bot:
        await bot.delivers()
    assert [message.thread for message in lab.messages] == [8]
    assert await pauses(due, lab, "7", "8") == [words.lower(), ""]


async def test_a_closed_general_topic_pauses_no_other_and_takes_digests_again_once_it_is_open(
    due: App, starts: Starts, ada: Person, lab: Chat
) -> None:
    await subscribed(due, lab, "", "7")
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with starts(due) as bot:
        await ada.closes_topic(lab)
        await bot.delivers()
        assert [message.thread for message in lab.messages] == [7]
        assert await pauses(due, lab, "", "7") == ["topic_closed", ""]
        await ada.reopens_topic(lab)
        assert (await ada.says("/resume", lab)).text
        await load(due, 1, "2026-11-25")
        due.clock.set("2026-11-25 11:00")  # type: ignore[attr-defined]
        await bot.delivers()
    assert sorted(str(message.thread) for message in lab.messages if "· 2026-11-25" in message.text.split("\n")[0]) == [
        "7",
        "None",
    ]


async def test_an_administrator_writes_in_closed_topics_too(due: App, starts: Starts, ada: Person, lab: Chat) -> None:
    await subscribed(due, lab, "7")
    lab.members[BOT_ID] = "administrator"
    lab.closed.add(7)
    due.clock.set("2026-11-24 11:00")  # type: ignore[attr-defined]
    async with starts(due, listening=False) as bot:
        await bot.delivers()
    assert [message.thread for message in lab.messages] == [7]


async def test_a_group_that_becomes_a_supergroup_between_two_parts_gets_the_second_there(
    empty_app: App, starts: Starts, api: BotApi, ada: Person, clock
) -> None:
    await load(empty_app, 4, abstract="word " * 3000)
    group = ada.makes("group", "Lab")
    group.members[BOT_ID] = "member"
    await subscribed(empty_app, group, "")
    clock.set("2026-11-24 11:00")
    api.fail("sendRichMessage", "migrate", chat=group.id, skip=1)
    async with starts(empty_app, listening=False) as bot:
        await bot.delivers()
        clock.forward(minutes=5)
        await bot.delivers()
    new = api.chats[group.migrated_to]
    assert len(group.messages) == 1
    assert new.messages
    texts = "".join(message.text for message in (*group.messages, *new.messages))
    for number in range(1, 5):
        assert texts.count(f"{number}. A paper 2611.0000{number}") == 1
    assert await pauses(empty_app, group, "") == ["nobody"]


async def test_a_group_that_becomes_a_supergroup_before_the_answer_keeps_what_was_asked(
    bot: Running, api: BotApi, ada: Person
) -> None:
    group = ada.makes("group", "Lab")
    group.members[BOT_ID] = "member"
    api.fail("sendRichMessage", "migrate", chat=group.id)
    await ada.types("/subscribe protein-design", group)
    await api.until(lambda: group.migrated_to)
    new = api.chats[group.migrated_to]
    async with asyncio.timeout(HANG_SECONDS):  # its subscription follows it once the bot has heard of it
        while await bot.app.subscriptions.find(Address("telegram", str(new.id))) is None:
            await asyncio.sleep(0.01)
    answer = await ada.says("/topics", new)
    assert answer.button("Protein Design")["text"].startswith("✅")


# -- answers to people --------------------------------------------------------------------------------------------


async def test_no_fault_of_an_answer_stops_the_bot_or_answers_twice(bot: Running, api: BotApi) -> None:
    arrives = {"cut-head": 1, "cut-body": 1, "reset-after": 1, "unread": 0, "reset": 0}
    for kind, arrived in arrives.items():
        api.fail("sendRichMessage", kind)
        assert await asked(Person(api)) == arrived, kind  # each chat has its own limits
    for code in (502, 503, 504, 413, 403, 200):
        api.fail("sendRichMessage", code, body=page(code, "cloudflare"))
        assert await asked(Person(api)) == 0, code


async def asked(person: Person) -> int:
    """Ask two questions: how often the first is answered before the second, which is answered last."""
    before = len(person.chat.messages)
    await person.types("/topics")
    await person.types("/help")
    await person.api.until(lambda: [m for m in person.chat.messages[before:] if not m.text.startswith("Topics")])
    assert not person.api.faults
    return len(person.chat.messages) - before - 1


# -- coming up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["getMe", "setWebhook"])
async def test_what_goes_wrong_when_it_starts_is_waited_for(
    app: App, starts: Starts, api: BotApi, ada: Person, port: int, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr("digestbot.platforms.telegram.adapter._FIRST_RETRY_SECONDS", 0.001)
    for kind, body in ((502, page(502)), (200, page(200)), ("reset", None), (429, None)):
        api.fail(method, kind, body=body, retry_after=0)
    with capture_logs() as logs:
        async with hooked(app, starts, port):
            await api.until(lambda: api.webhook.get("url"))
            assert (await ada.says("/topics")).text
    assert [line["event"] for line in logs].count("telegram_not_reached") == 4
