"""Files that come with answers: below the card, for whom the card is, and whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from digestbot.app import App
from digestbot.cards.card import Attachment, Card
from digestbot.core.commands import registry
from digestbot.core.commands.base import CommandRequest
from digestbot.platforms.discord.outgoing.message import MAX_ATTACHMENT_BYTES
from tests.live_work import WorkDesk, make_card
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts

FILE = Attachment("saved.bib", "application/x-bibtex", "@article{müller}\n".encode())
NAMED = (FILE.name, FILE.content)


@pytest.fixture
async def bot(start_bot: Starts, app: App, api: DiscordApi, lab: Guild) -> AsyncIterator[RunningBot]:
    async with start_bot(app, api) as running:
        yield running


@pytest.fixture
def papers(lab: Guild) -> Channel:
    return lab.create_channel("papers")


def answer_with(monkeypatch: pytest.MonkeyPatch, attachment: Attachment) -> None:
    async def answer(_: CommandRequest) -> Card:
        return replace(make_card("Your papers"), attachment=attachment)

    command = registry.COMMANDS_BY_NAME["topics"]
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "topics", replace(command, handler=answer))


async def test_the_file_is_below_the_card_for_the_same_person(
    papers: Channel, bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, FILE)
    asked = await ada.slash(papers, "topics")
    await asked.api.wait_until(lambda: asked.messages[-1].files == [NAMED])
    assert "Your papers" in asked.text
    assert all(message.ephemeral for message in asked.messages)
    assert papers.messages == []


async def test_a_tap_brings_the_file(
    papers: Channel, bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await ada.slash(papers, "help")
    answer_with(monkeypatch, FILE)
    tapped = await ada.tap(shown.message, "Topics")
    await shown.api.wait_until(lambda: tapped.messages and tapped.messages[-1].files == [NAMED])
    assert "Your papers" in message_view.get_text(shown.message)


@pytest.mark.parametrize("is_live", [False, True])
async def test_in_private_the_file_is_below_the_card(
    api: DiscordApi, bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch, is_live: bool
) -> None:
    desk = WorkDesk(monkeypatch, "topics")
    if not is_live:
        answer_with(monkeypatch, FILE)
    message = await ada.send_text("/topics")
    if is_live:
        (await desk.wait_for_work()).finish(replace(make_card("Your papers"), attachment=FILE))
    await api.wait_until(lambda: message.channel.messages[-1].files == [NAMED])
    await api.wait_until(lambda: "Your papers" in message_view.get_text(message.channel.messages[0]))


async def test_work_may_end_with_a_file(
    papers: Channel, bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = WorkDesk(monkeypatch, "topics")
    asked = await ada.slash(papers, "topics")
    (await desk.wait_for_work()).finish(replace(make_card("Done."), attachment=FILE))
    await asked.api.wait_until(lambda: asked.messages[-1].files == [NAMED])
    assert "Done." in message_view.get_text(asked.message)


async def test_a_file_that_is_too_large_is_not_sent(
    papers: Channel, bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, replace(FILE, content=b"x" * (MAX_ATTACHMENT_BYTES + 1)))
    asked = await ada.slash(papers, "topics")
    await asked.api.wait_until(lambda: "no more than 10 MB" in asked.text)
    assert not any(message.files for message in asked.messages)


async def test_the_largest_file_is_sent(
    papers: Channel, bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, replace(FILE, content=b"x" * MAX_ATTACHMENT_BYTES))
    asked = await ada.slash(papers, "topics")
    await asked.api.wait_until(lambda: asked.messages[-1].files)
