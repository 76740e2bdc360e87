"""What a reply to one of the bot's messages is about: the addresses in that, and the paper that its buttons name."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Message

from digestbot.core.commands import registry
from digestbot.core.commands.base import Command
from digestbot.domain.paper import find_paper_ids
from digestbot.platforms.telegram.incoming.quoted_links import list_quoted_links
from tests.core.lines.test_card_replies import answer_question
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, BOT_NAME
from tests.platforms.telegram.conftest import RunningBot, Starts
from tests.platforms.telegram.mornings import choose_rich

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
_PRIVATE = {"id": 7, "type": "private"}


def list_papers(answered: dict[str, Any], **more: Any) -> list[str]:
    """The papers that a reply to a message is about."""
    reply = {"message_id": 9, "date": 1, "chat": _PRIVATE, "text": "why?", "reply_to_message": answered, **more}
    message = Message.de_json(reply, None)
    assert message
    links = list_quoted_links(message, BOT_ID)
    return list(dict.fromkeys(paper.base_id for link in links for paper in find_paper_ids(link)))


@ON_SQLITE
@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_a_papers_card_is_about_its_paper_and_a_list_about_all(
    app, api: BotApi, start_bot: Starts, ada: Person, rich: bool
) -> None:
    if rich:
        await choose_rich(app, ada)
    async with start_bot(app):
        for command in ("/paper 2611.90112", "/paper 2611.90112 abstract", "/paper 2611.90112 figures"):
            assert list_papers((await ada.send_text(command)).to_json()) == ["2611.90112"], command
        listed = list_papers((await ada.send_text("/latest protein-design")).to_json())
        assert (listed[0], len(listed)) == ("2611.90112", 3)
        assert list_papers((await ada.send_text("/help")).to_json()) == []


@ON_SQLITE
async def test_what_is_quoted_of_a_list_says_which_of_its_papers_is_meant(bot: RunningBot, ada: Person) -> None:
    answer = (await ada.send_text("/latest protein-design")).to_json()
    papers = list_papers(answer)
    text = answer["text"]
    for words, paper in (("LoopSmith", papers[0]), ("Thermostable by", papers[1])):
        position = len(text[: text.index(words)].encode("utf-16-le")) // 2
        quote = {"text": words, "position": position}
        assert list_papers(answer, quote=quote) == [paper]
        below = {"text": "x", "position": position + len(words) + 3}
        assert list_papers(answer, quote=below) == [paper]
    whole = {"text": text, "position": 0}
    assert list_papers(answer, quote=whole) == papers


def test_others_messages_are_about_nothing_here() -> None:
    link = {"type": "text_link", "offset": 0, "length": 3, "url": "https://arxiv.org/abs/2410.18974"}
    answered = {"message_id": 8, "date": 1, "chat": _PRIVATE, "text": "abc", "entities": [link]}
    assert list_papers({**answered, "from": BOT}) == ["2410.18974"]
    other_bot = {**BOT, "id": BOT_ID + 1, "username": "digest_test_bot"}  # who has our name is not us
    assert list_papers({**answered, "from": other_bot}) == []
    assert list_papers(answered) == []


def test_addresses_written_out_and_those_of_a_photos_words_count_too() -> None:
    words = "🧬 see https://arxiv.org/abs/2410.18974"
    url = {"type": "url", "offset": 7, "length": 32}
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}]
    base = {"message_id": 8, "date": 1, "chat": _PRIVATE, "from": BOT}
    assert list_papers({**base, "text": words, "entities": [url]}) == ["2410.18974"]
    assert list_papers({**base, "photo": photo, "caption": words, "caption_entities": [url]}) == ["2410.18974"]
    beyond = {"type": "url", "offset": 500, "length": 900}
    assert list_papers({**base, "text": words, "entities": [beyond]}) == []


def test_a_reply_from_another_chat_has_the_previews_address() -> None:
    origin = {"type": "user", "date": 1, "sender_user": BOT}
    preview = {"url": "https://arxiv.org/abs/2410.18974"}
    external = {"origin": origin, "link_preview_options": preview}
    for ours, found in ((BOT, ["2410.18974"]), ({**BOT, "id": 5}, [])):
        reply = {
            "message_id": 9,
            "date": 1,
            "chat": _PRIVATE,
            "text": "why?",
            "external_reply": {**external, "origin": {**origin, "sender_user": ours}},
        }
        message = Message.de_json(reply, None)
        assert message
        assert [paper.base_id for link in list_quoted_links(message, BOT_ID) for paper in find_paper_ids(link)] == found


@ON_SQLITE
async def test_in_a_group_a_question_in_reply_to_a_card_is_answered_and_talk_is_not(
    bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = ada.create_chat("supergroup", "Fold Lab")
    await ada.add_bot(group)
    await ada.api.wait_until(lambda: group.messages)
    card = (await ada.send_text("/paper 2611.90112", group)).to_json()
    listed = (await ada.send_text("/latest protein-design", group)).to_json()
    before = len(group.messages)
    monkeypatch.setitem(registry.COMMANDS_BY_NAME, "ask", Command("ask", (), "ask", answer_question))
    for text, answered in (("nice one", card), ("really?", listed), ("why?", {**card, "from": ada.to_json()})):
        await ada.type_text(text, group, reply_to_message=answered)
    for text in ("how many GPUs?", "用了多少显卡？", f"@{BOT_NAME} the training cost"):
        answer = await ada.send_text(text, group, reply_to_message=card)
        assert answer.text.startswith("asked: 2611.90112"), text
    assert len(group.messages) == before + 3
