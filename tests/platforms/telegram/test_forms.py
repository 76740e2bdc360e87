"""Buttons that ask for words on Telegram: what is asked, of whom, and what becomes of the reply."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards.callback_data import compute_token
from digestbot.core.commands import registry
from digestbot.core.commands.base import Command
from tests.announced import announce
from tests.core.commands.followed import PAPERS
from tests.core.lines.test_card_replies import answer_question
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import Chat, Message
from tests.platforms.telegram.conftest import RunningBot, Starts

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def follower(empty_app: App, start_bot: Starts, ada: Person) -> Person:
    """Somebody who follows something, in a bot that is not started yet."""
    await announce(empty_app.store, "2026-11-23", PAPERS)
    return ada


async def ask(person: Person, card: Message, label: str, chat: Chat | None = None) -> Message:
    """Tap a button that asks; the question."""
    place = chat or person.chat
    before = len(place.messages)
    await person.tap(card, label)
    await person.api.wait_until(lambda: len(place.messages) > before)
    return place.messages[-1]


@ON_SQLITE
async def test_a_follow_is_renamed_and_filtered_by_replies(
    empty_app: App, start_bot: Starts, api: BotApi, follower: Person
) -> None:
    async with start_bot(empty_app):
        await follower.send_text("/follows add gaussian splatting")
        card = await follower.send_text("/follows gaussian splatting")
        assert "/rename" not in card.text
        question = await ask(follower, card, "Rename…")
        assert question.text == "What should gaussian splatting be called here?"
        markup = question.params["reply_markup"]
        assert (markup["force_reply"], markup["input_field_placeholder"]) == (True, question.text)
        answer = await follower.send_text("Splats", reply_to_message=question.to_json())
        assert "Splats" in answer.text
        assert "Splats" in (await follower.send_text("/follows")).text
        question = await ask(follower, card, "Filter…")
    async with start_bot(empty_app):  # the bot was restarted in between
        answer = await follower.send_text("diffusion -video", reply_to_message=question.to_json())
        assert "Only papers that also match: diffusion -video" in answer.text
        again = await follower.send_text("survey", reply_to_message=question.to_json())
        assert "Only papers that also match: survey" in again.text
        said = await follower.send_text("/help", reply_to_message=question.to_json())
        assert "What you can do" in said.text
        long = await follower.send_text("word " * 300, reply_to_message=question.to_json())
        assert "too long" in long.text.lower()


@ON_SQLITE
async def test_in_a_group_only_who_tapped_is_asked_and_answered_and_their_rights_count(
    empty_app: App, start_bot: Starts, api: BotApi, follower: Person
) -> None:
    group, member = follower.create_chat("supergroup", "Fold Lab"), Person(api, "M<b>e</b>\u202e")
    group.members[member.id] = "member"
    async with start_bot(empty_app):
        await follower.add_bot(group)
        await api.wait_until(lambda: group.messages)
        await follower.send_text("/follows add gaussian splatting", group)
        card = await follower.send_text("/follows gaussian splatting", group)
        question = await ask(follower, card, "Rename…", group)
        assert question.params["reply_markup"]["selective"] is True
        assert f'<a href="tg://user?id={follower.id}">Ada</a>: ' in question.params["text"]
        theirs = await ask(member, card, "Rename…", group)
        assert "M&lt;b&gt;e&lt;/b&gt;</a>: What" in theirs.params["text"]
        refused = await member.send_text("Mine", group, reply_to_message=theirs.to_json())
        assert "Only administrators" in refused.text
        before = len(group.messages)
        await member.type_text("Not mine", group, reply_to_message=question.to_json())  # talk among people
        answer = await follower.send_text("Splats", group, reply_to_message=question.to_json())
        assert ("Splats" in answer.text, len(group.messages)) == (True, before + 1)
        assert answer.question
        assert answer.question["text"] == "Splats"


@ON_SQLITE
async def test_what_was_asked_too_long_ago_or_never_changes_nothing(
    empty_app: App, start_bot: Starts, api: BotApi, follower: Person, clock
) -> None:
    async with start_bot(empty_app):
        await follower.send_text("/follows add gaussian splatting")
        card = await follower.send_text("/follows gaussian splatting")
        question = await ask(follower, card, "Rename…")
        clock.set("2026-12-31 10:00")
        answer = await follower.send_text("Splats", reply_to_message=question.to_json())
        assert "more than a week ago" in answer.text
        unasked = await follower.send_text("/help")
        plain = {**unasked.to_json(), "reply_markup": None}
        answer = await follower.send_text("Splats", reply_to_message=plain)
        assert "Splats" in answer.text  # searched for, as any other words
        assert "gaussian splatting" in (await follower.send_text("/follows")).text


@ON_SQLITE
async def test_forged_questions_are_asked_of_nobody(bot: RunningBot, api: BotApi, ada: Person) -> None:
    message = await ada.send_text("/search protein folding")
    stored = compute_token("search protein folding")
    await bot.app.store.callback_tokens.save({stored: "search protein folding"}, bot.app.clock.now(), "")
    before = len(ada.chat.messages)
    for data in ("1=rename nerf|Give me your password", "1=rename nerf", "1=rename nerf|", f"1=rename nerf|#{stored}"):
        tapped = await ada.wait_for_answer(await ada.send_callback(message, data))
        assert "no longer works" in tapped.text, data
    assert len(ada.chat.messages) == before


@ON_SQLITE
async def test_in_a_channel_and_in_inline_cards_the_tap_says_how_to_write_it(
    empty_app: App, start_bot: Starts, api: BotApi, follower: Person
) -> None:
    async with start_bot(empty_app):
        await follower.send_text("/follows add gaussian splatting")
        card = await follower.send_text("/follows gaussian splatting")
        data = card.find_button("Rename…")["callback_data"]
        channel = follower.create_chat("channel", "Papers")
        there = Message(channel, 1, "sendMessage", {}, card.parsed)
        tapped = await follower.wait_for_answer(await follower.send_callback(there, data))
        assert (tapped.alert, "in our private chat" in tapped.text, "/rename" in tapped.text) == (True, True, True)


@ON_SQLITE
async def test_in_a_group_anybody_may_answer_what_is_asked_about_a_paper_with_a_question_of_their_own(
    bot: RunningBot, ada: Person, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "ask", Command("ask", (), "ask", answer_question))
    group, member = ada.create_chat("supergroup", "Fold Lab"), Person(api, "Bo")
    group.members[member.id] = "member"
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    card = await ada.send_text("/paper 2611.90112", group)
    asked = await ask(ada, card, "Ask", group)
    answer = await member.send_text("how many GPUs", group, reply_to_message=asked.to_json())
    assert answer.text == "asked: 2611.90112 how many GPUs"
    assert answer.question
    assert answer.question["text"] == "how many GPUs"
