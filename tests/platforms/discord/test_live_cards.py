"""Work that goes on in a message: each card takes the place of the one before, as long as Discord lets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.card import Button
from digestbot.core.answers.answer_limiter import DEFAULT_ANSWER_LIMITS
from digestbot.domain.subscription import Address, CardStyle
from tests.live_work import WorkDesk, make_card
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import InteractionRecord, Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild, Message
from tests.platforms.discord.conftest import RunningBot, Starts, make_answers_public


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> WorkDesk:
    monkeypatch.setattr("digestbot.platforms.discord.outgoing.responder._CHANGE_SECONDS", 0.01)
    return WorkDesk(monkeypatch, "topics", "latest", "unsave")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow one another at once."""
    monkeypatch.setattr("digestbot.platforms.common.live_message._PAUSES", (0.01,) * 6)


@pytest.fixture
async def bot(start_bot: Starts, app: App, api: DiscordApi, lab: Guild) -> AsyncIterator[RunningBot]:
    async with start_bot(app, api) as running:
        yield running


@pytest.fixture
def papers(lab: Guild) -> Channel:
    return lab.create_channel("papers")


def read(message: Message) -> str:
    return message_view.get_text(message)


async def wait_for(asked: InteractionRecord, words: str) -> None:
    await asked.api.wait_until(lambda: words in asked.text)


async def test_each_card_takes_the_place_of_the_one_before(
    papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    asked = await ada.slash(papers, "topics")
    assert "Reading" in asked.text
    assert asked.ephemeral
    work = await desk.wait_for_work()
    work.show("Writing …")
    await wait_for(asked, "Writing")
    work.finish(make_card("It is written.", Button("Save", "save 2611.90112")))
    await wait_for(asked, "It is written.")
    assert message_view.find_button_id(asked.message, "Save")
    assert len(asked.messages) == 1
    assert work.is_closed


async def test_work_for_all_of_a_channel_is_seen_by_all(
    app: App, lab: Guild, papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    await make_answers_public(app, Address("discord", str(lab.id), str(papers.id)))
    asked = await ada.slash(papers, "latest")
    (await desk.wait_for_work()).finish("Done.")
    await wait_for(asked, "Done.")
    assert papers.messages == [asked.message]
    assert not asked.ephemeral


@pytest.mark.parametrize("style", list(CardStyle))
async def test_a_message_keeps_the_form_that_it_has(
    app: App, lab: Guild, papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk, style: CardStyle
) -> None:
    subscriber = await app.subscriptions.get_or_create(Address("discord", str(lab.id), str(papers.id)), "en")
    await app.subscriptions.update_preferences(subscriber, card_style=style)
    asked = await ada.slash(papers, "topics")
    work = await desk.wait_for_work()
    work.show("Writing …")
    await wait_for(asked, "Writing")
    work.finish("Done.")
    await wait_for(asked, "Done.")
    assert bool(asked.message.embeds) is (style is CardStyle.CLASSIC)


async def test_an_answer_that_was_announced_goes_on_where_it_is(
    papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.discord.outgoing.responder._DEFER_AFTER_SECONDS", 0)
    asked = await ada.slash(papers, "topics")
    (await desk.wait_for_work()).finish("Done.")
    await wait_for(asked, "Done.")
    assert (asked.kind, len(asked.messages)) == (5, 1)


@pytest.mark.parametrize("is_deferred", [False, True])
async def test_a_tap_opens_the_work_in_place_with_the_way_back(
    papers: Channel,
    bot: RunningBot,
    ada: Person,
    desk: WorkDesk,
    is_deferred: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = await ada.slash(papers, "help")
    if is_deferred:
        monkeypatch.setattr("digestbot.platforms.discord.outgoing.responder._DEFER_AFTER_SECONDS", 0)
    await ada.tap(shown.message, "Topics")
    await shown.api.wait_until(lambda: "Reading" in read(shown.message))
    work = await desk.wait_for_work()
    work.show("Writing …")
    await wait_for(shown, "Writing")
    assert message_view.find_button_id(shown.message, "Back")
    work.finish("Done.")
    await wait_for(shown, "Done.")
    assert message_view.find_button_id(shown.message, "Back")


async def test_a_card_of_several_messages_goes_on_below(
    papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    asked = await ada.slash(papers, "topics")
    (await desk.wait_for_work()).finish(replies.message_card("Long", *(f"{n} {'word ' * 300}" for n in range(6))))
    await asked.api.wait_until(lambda: len(asked.messages) > 1 and "5 word" in read(asked.messages[-1]))
    assert "0 word" in read(asked.message)
    assert all(message.ephemeral for message in asked.messages)


async def test_in_private_the_bots_own_message_is_changed(
    api: DiscordApi, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    assert "Reading" in read(message)
    work = await desk.wait_for_work()
    work.show("Writing …")
    await api.wait_until(lambda: "Writing" in read(message))
    work.finish(replies.message_card("Long", *(f"{n} {'word ' * 300}" for n in range(6))))
    await api.wait_until(lambda: len(message.channel.messages) > 1 and "5 word" in read(message.channel.messages[-1]))
    assert "0 word" in read(message)


# What goes wrong


async def test_a_message_of_all_that_somebody_deleted_is_sent_anew_at_the_end(
    app: App, lab: Guild, papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    await make_answers_public(app, Address("discord", str(lab.id), str(papers.id)))
    asked = await ada.slash(papers, "latest")
    work = await desk.wait_for_work()
    papers.messages.remove(asked.message)
    work.show("Writing …")
    await asked.api.wait_until(lambda: asked.api.list_bodies("PATCH", "@original"))
    work.finish("Done.")
    await asked.api.wait_until(lambda: papers.messages and "Done." in read(papers.messages[0]))


async def test_a_private_message_that_is_gone_is_sent_anew_at_the_end(
    api: DiscordApi, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    message.channel.messages.remove(message)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: message.channel.messages and "Done." in read(message.channel.messages[0]))


FAULTS: list[Callable[[DiscordApi], None]] = [
    lambda api: api.fail_next("PATCH", "@original", 429, retry_after=0.1),
    lambda api: api.fail_next("PATCH", "@original", "reset-before"),
    lambda api: api.fail_next("PATCH", "@original", "cut-after"),
    lambda api: api.fail_next("PATCH", "@original", 503, times=3),
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("break_edits", FAULTS)
async def test_the_last_card_is_never_lost(
    papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk, break_edits: Callable[[DiscordApi], None]
) -> None:
    asked = await ada.slash(papers, "topics")
    break_edits(asked.api)
    (await desk.wait_for_work()).finish("Done.")
    await wait_for(asked, "Done.")
    assert len(asked.messages) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", [429, 500, "reset-before", "cut-after"])
async def test_in_private_the_last_card_is_never_lost(
    api: DiscordApi, bot: RunningBot, ada: Person, desk: WorkDesk, fault: int | str
) -> None:
    message = await ada.send_text("/topics")
    api.fail_next("PATCH", r"/channels/\d+/messages", fault, retry_after=0.1)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: "Done." in read(message))
    assert len(message.channel.messages) == 1


async def test_work_behind_a_token_that_is_over_ends(
    papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    asked = await ada.slash(papers, "topics")
    work = await desk.wait_for_work()
    asked.is_expired = True
    work.show("Writing …")
    await asked.api.wait_until(lambda: work.is_closed)


async def test_a_result_that_the_server_filters_is_explained(
    lab: Guild, papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk
) -> None:
    asked = await ada.slash(papers, "topics")
    asked.api.fail_next("PATCH", "@original", 400, code=200000)
    asked.api.fail_next("POST", r"/webhooks/\d+/[^/]+$", 400, code=200000)
    (await desk.wait_for_work()).finish("Done.")
    await asked.api.wait_until(lambda: "AutoMod" in asked.messages[-1].content)


async def test_work_that_takes_longer_than_discord_waits_says_so(
    papers: Channel, bot: RunningBot, ada: Person, desk: WorkDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (live, _) = bot.platform._live_answers
    monkeypatch.setattr(live, "_limits", type(live._limits)(seconds=0.05))
    asked = await ada.slash(papers, "topics")
    await wait_for(asked, "took too long")
    assert (await desk.wait_for_work()).is_closed
    assert message_view.find_button_id(asked.message, "Ask again")


def test_the_time_is_bounded_before_the_token_is_over() -> None:
    from digestbot.platforms.discord.outgoing.responder import _LONGEST_WORK_SECONDS

    assert 13 * 60 <= _LONGEST_WORK_SECONDS < 15 * 60


# How much, and the end


async def test_fifty_people_at_once_have_an_answer_each(
    api: DiscordApi, papers: Channel, bot: RunningBot, desk: WorkDesk
) -> None:
    people = [Person(api, f"p{number}") for number in range(50)]
    channels = [api.get_private_channel(one.user) for one in people]
    asked = await asyncio.gather(*(one.slash(there, "topics") for one, there in zip(people, channels, strict=True)))
    await api.wait_until(lambda: len(desk.works) == 50)
    for work in desk.works:
        work.show("Writing …")
        work.finish("Done.")
    await api.wait_until(lambda: all("Done." in one.text for one in asked))


async def test_one_persons_flood_begins_a_few(
    start_bot: Starts, app: App, api: DiscordApi, papers: Channel, ada: Person, desk: WorkDesk
) -> None:
    async with start_bot(app, api, DEFAULT_ANSWER_LIMITS):
        asked = [await ada.slash(papers, "topics") for _ in range(8)]
        assert sum("Reading" in one.text for one in asked) == 5
        assert "Too much is being worked on" in asked[-1].text
        ben = Person(api, "Ben")
        assert "Reading" in (await ben.slash(papers, "topics")).text
        for work in desk.works:
            work.finish("Done.")
        await api.wait_until(lambda: sum("Done." in one.text for one in asked) == 5)


async def test_a_stop_says_that_work_was_interrupted_and_how_to_ask_again(
    start_bot: Starts, app: App, api: DiscordApi, papers: Channel, ada: Person, desk: WorkDesk
) -> None:
    async with start_bot(app, api):
        asked = await ada.slash(papers, "topics")
        private = await ada.send_text("/topics")
        await desk.wait_for_work(1)
    for message in (asked.message, private):
        assert "being restarted" in read(message)
        assert message_view.find_button_id(message, "Ask again")
    assert all(work.is_closed for work in desk.works)
