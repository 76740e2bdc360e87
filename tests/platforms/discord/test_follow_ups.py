"""Questions that go on from an answer in a server: below what all see, in a thread; for one's own eyes, below that."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from discord import Permissions

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.answers import ask_button
from digestbot.cards.card import Card
from digestbot.core.commands import registry
from digestbot.core.commands.base import Command, CommandRequest
from digestbot.domain.subscription import Address
from tests.platforms.discord.api.people import InteractionRecord, Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import THREAD, Channel, Guild
from tests.platforms.discord.conftest import RunningBot, Starts, make_answers_public

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
CREATE_THREADS, WRITE_IN_THREADS = 1 << 35, 1 << 38
heard: list[CommandRequest] = []


async def answer_question(request: CommandRequest) -> Card:
    heard.append(request)
    return replies.message_card(
        "A Paper", f"asked: {request.argument_text}", buttons=ask_button("2611.90112", request.context)
    )


@pytest.fixture
async def bot(
    empty_app: App, api: DiscordApi, lab: Guild, start_bot: Starts, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningBot]:
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "ask", Command("ask", (), "ask", answer_question))
    heard.clear()
    async with start_bot(empty_app, api) as running:
        yield running


@pytest.fixture
async def papers(bot: RunningBot, api: DiscordApi, lab: Guild) -> Channel:
    papers = lab.create_channel("papers")
    await api.gateway.broadcast_event("CHANNEL_CREATE", papers.to_json())
    return papers


async def ask_on(person: Person, asked: InteractionRecord, words: str) -> InteractionRecord:
    """Tap an answer's button, and send the form off."""
    opened = await person.tap(asked.message, "Ask")
    return await person.submit_form(asked.message.channel, opened.form["custom_id"], words, below=asked.message)


@ON_SQLITE
async def test_what_goes_on_from_an_answer_for_all_stands_in_a_thread_below_it(
    bot: RunningBot, api: DiscordApi, lab: Guild, papers: Channel, mod: Person, ada: Person
) -> None:
    await make_answers_public(bot.app, Address("discord", str(lab.id), str(papers.id)))
    asked = await mod.slash(papers, "ask", paper="2611.90112", question="how many GPUs?")
    assert not asked.ephemeral
    for number, person in enumerate((ada, mod), 1):
        person.permissions = Permissions(person.permissions.value | WRITE_IN_THREADS)
        told = await ask_on(person, asked, f"question {number}")
        assert told.ephemeral
        assert "in the thread" in told.text
        thread = api.get_channel(asked.message.id)
        assert (thread.type, thread.name, len(thread.messages)) == (THREAD, "A Paper", number)
        assert f"channels/{lab.id}/{thread.id}" in str(told.message.to_json())
    assert len(papers.messages) == 1
    assert heard[-1].message.address == Address("discord", str(lab.id), str(asked.message.id))
    assert heard[-1].message.parent_place == Address("discord", str(lab.id), str(papers.id))
    below = thread.messages[-1]
    opened = await ada.tap(below, "Ask")
    there = await ada.submit_form(thread, opened.form["custom_id"], "and for how long?", below=below)
    assert not there.ephemeral
    assert there.message.channel is thread


@ON_SQLITE
async def test_where_no_thread_can_be_opened_it_goes_on_in_the_channel(
    bot: RunningBot, api: DiscordApi, lab: Guild, papers: Channel, mod: Person
) -> None:
    await make_answers_public(bot.app, Address("discord", str(lab.id), str(papers.id)))
    asked = await mod.slash(papers, "ask", paper="2611.90112", question="how many GPUs?")
    papers.bot_may.value &= ~CREATE_THREADS
    there = await ask_on(mod, asked, "and for how long?")
    assert not there.ephemeral
    assert [message.channel for message in papers.messages] == [papers, papers]


@ON_SQLITE
async def test_what_one_person_asked_for_their_own_eyes_goes_on_so(
    bot: RunningBot, papers: Channel, mod: Person
) -> None:
    asked = await mod.slash(papers, "ask", paper="2611.90112", question="how many GPUs?")
    assert (asked.ephemeral, (await ask_on(mod, asked, "and for how long?")).ephemeral) == (True, True)
    assert papers.messages == []


@ON_SQLITE
async def test_a_thread_speaks_as_its_channel_does(
    bot: RunningBot, lab: Guild, papers: Channel, mod: Person, api: DiscordApi
) -> None:
    place = Address("discord", str(lab.id), str(papers.id))
    await make_answers_public(bot.app, place)
    subscriber = await bot.app.subscriptions.find(place)
    assert subscriber
    await bot.app.subscriptions.update_preferences(subscriber, language="zh")
    thread = lab.create_channel("reading", THREAD, parent=papers, owner=mod.user)
    await api.gateway.broadcast_event("THREAD_CREATE", thread.to_json())
    await mod.slash(thread, "ask", paper="2611.90112", question="how many GPUs?")
    assert heard[-1].language == "zh"
    assert heard[-1].message.parent_place == place
