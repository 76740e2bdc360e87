"""A channel's digest in its discussion group, and lists in groups: numbers and questions are answered there."""

from __future__ import annotations

from typing import Any

import pytest

from digestbot.core.commands import registry
from digestbot.core.commands.base import Command
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.platforms.telegram.incoming.quoted_links import list_quoted_papers
from tests.core.lines.test_card_replies import answer_question
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import BOT_ID, Chat, Message
from tests.platforms.telegram.conftest import RunningBot

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


def forward_post(post: Message, channel: Chat, group: Chat) -> dict[str, Any]:
    """A channel's post as Telegram puts it into the discussion group."""
    return {
        **post.to_json(),
        "message_id": next(group.numbers),
        "chat": group.to_json(),
        "from": TELEGRAM,
        "sender_chat": channel.to_json(),
        "is_automatic_forward": True,
        "forward_origin": {"type": "channel", "date": 1, "chat": channel.to_json(), "message_id": post.id},
    }


async def post_digest(bot: RunningBot, ada: Person) -> tuple[Message, Chat, Chat]:
    """A digest in a channel, and the group where it is discussed."""
    channel = ada.create_chat("channel", "Fold News")
    group = ada.create_chat("supergroup", "Fold Talk")
    await ada.add_bot(channel, "administrator")
    await ada.add_bot(group, "administrator")
    await ada.api.wait_until(lambda: group.messages)
    await load_digest(bot.app)
    message = IncomingMessage(Address("telegram", str(channel.id)), "/subscribe topic-a 10:00")
    assert (await bot.app.dispatcher.handle_message(message)).card.ok
    bot.app.clock.set("2026-11-24 10:00")  # type: ignore[attr-defined]
    assert (await bot.deliver()).sent == 1
    return channel.messages[-1], channel, group


@ON_SQLITE
async def test_below_a_channels_digest_a_number_and_a_question_are_answered(
    bot: RunningBot, api: BotApi, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "ask", Command("ask", (), "ask", answer_question))
    post, channel, group = await post_digest(bot, ada)
    forwarded = forward_post(post, channel, group)
    bare = {key: value for key, value in forwarded.items() if key != "reply_markup"}
    for answered in (forwarded, bare):
        answer = await ada.send_text("1", group, reply_to_message=answered)
        assert answer.question
        assert answer.params["reply_parameters"]["message_id"] == answer.question["message_id"]
        assert "asked: 1 what data?" in (await ada.send_text("1 what data?", group, reply_to_message=answered)).text
        asked = await ada.send_text("how many failures?", group, reply_to_message=answered)
        assert "asked: how many failures?" in asked.text
    before = len(group.messages)
    for talk in ("nice", "9", "really?", "what do you think?"):
        await ada.type_text(talk, group, reply_to_message=forwarded)
    assert (await ada.send_text("/help", group)).text
    assert len(group.messages) == before + 1


@ON_SQLITE
async def test_below_a_channel_that_receives_nothing_people_talk_alone(bot: RunningBot, ada: Person) -> None:
    post, _, group = await post_digest(bot, ada)
    other = ada.create_chat("channel", "Other News")
    before = len(group.messages)
    await ada.type_text("1", group, reply_to_message=forward_post(post, other, group))
    await ada.type_text(
        "1", group, reply_to_message={**forward_post(post, other, group), "is_automatic_forward": False}
    )
    assert (await ada.send_text("/help", group)).text
    assert len(group.messages) == before + 1


def test_a_rich_list_has_its_numbers_too() -> None:
    from telegram import Message as TelegramMessage  # beside that of the loopback

    def item(number: int, paper: str) -> dict[str, Any]:
        link = {"type": "text_link", "text": paper, "url": f"https://arxiv.org/abs/{paper}"}
        summary = [{"type": "bold", "text": [f"{number}. ", "What it does"]}, " — title"]
        return {"type": "details", "summary": summary, "blocks": [{"type": "paragraph", "text": ["by ", link]}]}

    chat = {"id": 7, "type": "private"}
    blocks = [item(1, "2611.90112"), item(2, "2611.90127")]
    listed = {"message_id": 8, "date": 1, "chat": chat, "from": {"id": BOT_ID, "is_bot": True, "first_name": "d"}}
    reply = {"message_id": 9, "date": 1, "chat": chat, "text": "2"}
    message = TelegramMessage.de_json(
        {**reply, "reply_to_message": {**listed, "rich_message": {"blocks": blocks}}}, None
    )
    assert message
    assert list_quoted_papers(message, BOT_ID) == {1: "2611.90112", 2: "2611.90127"}


@ON_SQLITE
async def test_a_number_in_reply_to_an_older_list_is_that_lists(bot: RunningBot, ada: Person) -> None:
    older = (await ada.send_text("/latest protein-design")).to_json()
    await ada.send_text("/search does a fold need")
    assert "LoopSmith" in (await ada.send_text("1", reply_to_message=older)).text
    assert "LoopSmith" not in (await ada.send_text("1")).text
