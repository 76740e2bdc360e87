"""Files that come with answers: below the card, whole, and by the names that we give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from digestbot.cards.card import Attachment, Button, Card
from digestbot.core.commands import registry
from digestbot.core.commands.base import CommandRequest
from tests.live_work import WorkDesk, make_card
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.conftest import RunningBot
from tests.platforms.telegram.test_live_cards import _keeps_card, _opens

FILE = Attachment("saved.bib", "application/x-bibtex", "@article{müller}\n".encode())


def answer_with(monkeypatch: pytest.MonkeyPatch, attachment: Attachment, *names: str) -> None:
    """Let commands answer with a file."""

    async def answer(_: CommandRequest) -> Card:
        return replace(make_card("Your papers", Button("Again", "topics")), attachment=attachment)

    for name in names:
        command = registry.COMMANDS_BY_NAME[name]
        monkeypatch.setitem(registry.COMMANDS_BY_NAME, name, replace(command, handler=answer))


@pytest.fixture
def with_file(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, FILE, "topics", "unsave")


@pytest.mark.usefixtures("with_file")
async def test_the_file_is_below_the_card(bot: RunningBot, ada: Person) -> None:
    sent = await ada.send_text("/topics", answers=2)
    assert "Your papers" in ada.chat.messages[0].text
    assert sent.document == (FILE.name, FILE.content)


@pytest.mark.usefixtures("with_file")
async def test_in_a_topic_of_a_group_the_file_is_there_too(bot: RunningBot, api: BotApi, ada: Person) -> None:
    group = ada.create_chat("supergroup", "Fold Lab", threads=(7,))
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    sent = await ada.send_text("/topics", group, answers=2, message_thread_id=7, is_topic_message=True)
    assert (sent.thread, sent.document[0]) == (7, FILE.name)
    assert sent.question


@pytest.mark.usefixtures("with_file")
@pytest.mark.parametrize("build_data", [_opens, _keeps_card])
async def test_a_tap_brings_the_file(
    bot: RunningBot, api: BotApi, ada: Person, build_data: Callable[[str], str]
) -> None:
    message = await ada.send_text("/help")
    await ada.wait_for_answer(await ada.send_callback(message, build_data("unsave 2611.90112")))
    await api.wait_until(lambda: ada.chat.messages[-1].document == (FILE.name, FILE.content))


async def test_work_may_end_with_a_file(
    bot: RunningBot, api: BotApi, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = WorkDesk(monkeypatch, "topics")
    message = await ada.send_text("/topics")
    (await desk.wait_for_work()).finish(replace(make_card("Done."), attachment=FILE))
    await api.wait_until(lambda: ada.chat.messages[-1].document == (FILE.name, FILE.content))
    assert "Done." in message.text


async def test_a_file_that_is_too_large_is_not_sent(
    bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.telegram.outgoing.live_message.MAX_ATTACHMENT_BYTES", 1_000_000)
    answer_with(monkeypatch, replace(FILE, content=b"x" * 1_000_001), "topics")
    said = await ada.send_text("/topics", answers=2)
    assert "no more than 1 MB" in said.text


@pytest.mark.usefixtures("with_file")
async def test_a_short_wait_that_telegram_asks_for_is_kept(bot: RunningBot, api: BotApi, ada: Person) -> None:
    api.fail_next("sendDocument", 429, retry_after=1)
    assert (await ada.send_text("/topics", answers=2)).document[0] == FILE.name


@pytest.mark.usefixtures("with_file")
async def test_a_file_that_telegram_refuses_is_told_of(bot: RunningBot, api: BotApi, ada: Person) -> None:
    api.fail_next("sendDocument", 400, description="Bad Request: file must be non-empty")
    assert "saved.bib could not be sent" in (await ada.send_text("/topics", answers=2)).text
