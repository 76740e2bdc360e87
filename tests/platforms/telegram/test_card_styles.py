"""Which messages are rich: papers, in chats that chose it, after they saw a sample; and the way out of it."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.card import Card, Math, Paragraph, Text, TextStyle
from digestbot.domain.subscription import Address, CardStyle
from digestbot.figures.downloads import FigureDownloader
from digestbot.platforms.common.text import WORD_JOINER
from digestbot.platforms.telegram.outgoing.message import ServerFeatures, build_messages
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import BOT_ID, Chat
from tests.platforms.telegram.conftest import RunningBot, Starts
from tests.platforms.telegram.mornings import choose_rich, subscribe


def list_labels(message) -> list[str]:
    return [button["text"] for button in message.keyboard]


async def get_style(app: App, chat: Chat) -> CardStyle:
    subscriber = await app.subscriptions.find(Address("telegram", str(chat.id)))
    return subscriber.preferences.card_style if subscriber else CardStyle.DEFAULT


# -- the offer ----------------------------------------------------------------------------------------------------


async def test_start_offers_a_real_sample_below_a_question_that_every_app_shows(bot: RunningBot, ada: Person) -> None:
    await subscribe(bot.app, ada, "/subscribe protein-design")
    question = await ada.send_text("/start")
    assert not question.rich
    await ada.tap(question, "Try rich cards")
    await ada.api.wait_until(lambda: len(ada.chat.messages) == 2)
    assert question.text.startswith("Can you read this on every device you use?")
    assert not question.rich
    sample = ada.chat.messages[1]
    assert sample.rich
    assert sample.text.startswith("Protein Design · Mon 23 Nov")
    assert sample.text.rstrip().endswith("This is the last line of the sample.")
    assert list_labels(question)[:2] == ["Yes, on all of them", "No, keep classic cards"]
    await ada.tap(question, "Yes, on all of them")
    await ada.api.wait_until(lambda: question.text.startswith("Card style: rich"))
    assert (await ada.send_text("/latest protein-design")).rich
    assert "Try rich cards" not in list_labels(await ada.send_text("/start"))


async def test_who_cannot_read_the_sample_says_no_and_stays_classic(bot: RunningBot, ada: Person) -> None:
    question = await ada.send_text("/settings format sample", answers=2)
    question = ada.chat.messages[0]
    await ada.tap(question, "No, keep classic cards")
    await ada.api.wait_until(lambda: question.text.startswith("Card style: classic"))
    assert await get_style(bot.app, ada.chat) is CardStyle.CLASSIC
    assert not (await ada.send_text("/latest protein-design")).rich


@pytest.mark.parametrize(("chosen", "rich"), [({"card_style": "classic"}, True), ({}, False)])
async def test_nothing_is_offered_where_the_operator_or_the_server_has_no_rich_messages(
    app: App, api: BotApi, start_bot: Starts, ada: Person, chosen: dict[str, str], rich: bool
) -> None:
    api.rich = rich
    async with start_bot(app, **chosen):
        assert "Try rich cards" not in list_labels(await ada.send_text("/start"))
        assert "has no effect here" in (await ada.send_text("/settings format sample")).text


async def test_without_a_digest_there_is_no_sample(empty_app: App, start_bot: Starts, ada: Person) -> None:
    async with start_bot(empty_app):
        assert "set up no topics yet" in (await ada.send_text("/settings format sample")).text


async def test_in_a_group_it_is_offered_to_its_administrators(bot: RunningBot, api: BotApi, ada: Person) -> None:
    member = Person(api, "Bob")
    group = ada.create_chat("supergroup", "Lab")
    group.members |= {BOT_ID: "member", ada.id: "creator", member.id: "member"}
    assert "Try rich cards" in list_labels(await ada.send_text("/start", group))
    assert "Try rich cards" not in list_labels(await member.send_text("/start", group))


# -- the way out --------------------------------------------------------------------------------------------------


async def test_a_rich_card_turns_classic_in_its_place_at_its_button(bot: RunningBot, ada: Person) -> None:
    await choose_rich(bot.app, ada)
    message = await ada.send_text("/latest protein-design")
    assert message.rich
    told = await ada.tap(message, "Hard to read?")
    assert told.text.startswith("Card style: classic")
    await ada.api.wait_until(lambda: message.edits == 1)
    assert not message.rich
    assert list_labels(message)[0] == "1 LoopSmith"
    assert await get_style(bot.app, ada.chat) is CardStyle.CLASSIC


@pytest.mark.parametrize("text", ["/latest protein-design", "/paper 2611.90112", "/search fold", "/saved"])
async def test_every_answer_with_papers_has_the_way_out_and_a_classic_one_none(
    bot: RunningBot, ada: Person, text: str
) -> None:
    await ada.send_text("/save 2611.90112")
    assert not any("Hard to read?" in label for label in list_labels(await ada.send_text(text)))
    await choose_rich(bot.app, ada)
    message = await ada.send_text(text)
    assert message.rich
    assert any("Hard to read?" in label for label in list_labels(message))


async def test_a_delivered_digest_has_the_way_out_too(due: App, start_bot: Starts, ada: Person) -> None:
    await choose_rich(due, ada)
    async with start_bot(due, listening=False) as bot:
        await bot.deliver()
    assert ada.chat.messages[-1].find_button("Hard to read?")["callback_data"].startswith("1!settings format classic")


@pytest.mark.parametrize("text", ["/start", "/help", "/settings", "/settings format", "/topics", "/pause", "/nonsense"])
async def test_what_controls_the_bot_is_classic_whatever_the_chat_chose(
    bot: RunningBot, ada: Person, text: str
) -> None:
    await choose_rich(bot.app, ada)
    assert not (await ada.send_text(text)).rich


async def test_notices_are_classic_too(bot: RunningBot) -> None:
    (message,) = bot.platform.render(replies.paused_card("en", "Lab", "removed"), CardStyle.RICH)
    assert message.style is CardStyle.CLASSIC


async def test_a_command_that_is_copied_from_a_card_is_understood(bot: RunningBot, ada: Person) -> None:
    hint = (await ada.send_text("/settings")).text.rsplit("for example ", 1)[1]
    assert WORD_JOINER in hint  # so that it is no link to a command
    assert (await ada.send_text(hint)).text.startswith("Timezone: Berlin (UTC+")


# -- rich messages that come --------------------------------------------------------------------------------------


def make_rich_message(*texts: object) -> dict[str, object]:
    return {"blocks": [{"type": "paragraph", "text": list(texts)}]}


async def test_a_forwarded_rich_message_is_read(bot: RunningBot, ada: Person) -> None:
    link = {"type": "url", "text": "LoopSmith", "url": "https://arxiv.org/abs/2611.90112"}
    forwarded = {"blocks": [{"type": "details", "summary": "x", "blocks": [{"type": "paragraph", "text": [link]}]}]}
    assert "LoopSmith" in (await ada.send_text("", rich_message=forwarded)).text
    bold = {"type": "bold", "text": "protein-design"}
    answer = await ada.send_text("", rich_message=make_rich_message("/latest ", bold))
    assert answer.text.startswith("Protein Design · ")
    deep: object = "x"
    for _ in range(50):  # deeper than Telegram goes
        deep = [deep]
    assert "only read text" in (await ada.send_text("", rich_message=make_rich_message(deep))).text


# -- how they look ------------------------------------------------------------------------------------------------


def render(card: Card, style: CardStyle) -> str:
    (message,) = build_messages(card, style, ServerFeatures("digest_test_bot"), FigureDownloader())
    return message.text


@pytest.mark.parametrize(("length", "is_set"), [(500, True), (501, False), (4097, False)])
def test_a_formula_of_more_than_500_characters_is_text(length: int, is_set: bool) -> None:
    source = "\\alpha " + "x" * (length - 7)
    html = render(Card((Paragraph((Math(source),)),)), CardStyle.RICH)
    assert ("<tg-math>" in html) is is_set
    assert ("α" in html) is not is_set


def test_chinese_is_not_slanted() -> None:
    lines = [(Text(words, TextStyle.MUTED), Text("2611.1", TextStyle.MUTED)) for words in ("Ada Byron", "李白、杜甫")]
    html = render(Card(tuple(map(Paragraph, lines))), CardStyle.CLASSIC)
    assert html == "<i>Ada Byron</i><i>2611.1</i>\n\n李白、杜甫2611.1"


def test_a_list_of_names_has_a_row_for_each() -> None:
    rows = [("Time", "08:00", None), ("Days", "every day", None)]
    html = render(replies.list_card("Settings", rows, "Hint"), CardStyle.CLASSIC)
    assert html == "<b>Settings</b>\n\n<b>Time</b> — 08:00\n<b>Days</b> — every day\n\n<i>Hint</i>"
