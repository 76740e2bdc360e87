"""A person with the bot in private: what they type and tap, and what comes back."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from telegram import Update

from digestbot.cards import replies
from digestbot.cards.callback_data import compute_token
from digestbot.core.commands.deep_links import encode_paper, encode_topic
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import always_lead
from digestbot.domain.subscription import Address
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, Message
from tests.platforms.telegram.conftest import RunningBot, Starts
from tests.platforms.telegram.mornings import choose_rich


async def test_start_shows_the_topics_as_switches_with_the_time(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("/start")
    labels = [button["text"] for button in message.keyboard]
    assert "▫️ Protein Design" in labels
    assert "Time: 08:00" in labels


async def test_two_taps_subscribe_and_one_undoes_it(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("/start")
    tapped = await ada.tap(message, "Protein Design")
    assert "Subscribed: Protein Design" in tapped.text
    await ada.api.wait_until(lambda: message.find_button("Protein Design")["text"].startswith("✅"))
    await ada.tap(message, "Protein Design")
    await ada.api.wait_until(lambda: message.find_button("Protein Design")["text"].startswith("▫️"))
    assert message.edits == 2


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("server", ["newest", "10.1", "10.0"])
async def test_every_command_is_answered_typed_plainly_and_as_its_example(
    app, api: BotApi, start_bot: Starts, ada: Person, command, server: str
) -> None:
    api.newer, api.rich = server == "newest", server != "10.0"
    await choose_rich(app, ada)
    async with start_bot(app):
        assert (await ada.send_text(f"/{command.name}")).text
        values = {"topic": "nerf", "own": "nerf", "date": "2024-06-29", "paper": "2410.18974", "words": "高斯 avatar"}
        values |= {"question": "how many scenes?", "note": "compare with ours"}
        example = command.example.format_map(values)
        message = await ada.send_text(f"/{example}")
        shows_paper = command.name == "random"  # no other of these examples does
        assert message.rich == (shows_paper and api.rich)
        assert "Something went wrong" not in message.text


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_every_button_of_every_card_works(app, api: BotApi, start_bot: Starts, ada: Person, rich: bool) -> None:
    if rich:
        await choose_rich(app, ada)
    pressed: set[str] = set()
    async with start_bot(app):
        for text in ("/start", "/topics", "/settings", "/paper 2611.90112", "/latest protein-design", "/search fold"):
            message = await ada.send_text(text)
            data = [button["callback_data"] for button in message.keyboard if "callback_data" in button]
            for one in data:
                somebody = Person(api)  # each chat has its own limits
                tapped = await somebody.wait_for_answer(
                    await somebody.send_callback(await somebody.send_text(text), one)
                )
                assert not tapped.alert, (text, one, tapped.text)
            pressed |= set(data)
    assert len(pressed) > 20


@pytest.mark.parametrize("rich", [True, False], ids=["rich", "classic"])
async def test_without_inline_mode_a_paper_is_shared_by_its_address(
    app, api: BotApi, start_bot: Starts, ada: Person, rich: bool
) -> None:
    api.inline = False
    if rich:
        await choose_rich(app, ada)
    async with start_bot(app):
        message = await ada.send_text("/paper 2611.90112")
        shared = message.find_button("Share")["url"]
        assert shared == "https://t.me/share/url?url=https%3A%2F%2Farxiv.org%2Fabs%2F2611.90112"
        digest = await ada.send_text("/latest protein-design")
        assert rich == any("share/url" in button.get("url", "") for button in digest.parsed.buttons)


async def test_a_short_flood_wait_is_waited_for_by_an_answer(bot: RunningBot, ada: Person) -> None:
    ada.api.fail_next("sendMessage", 429, retry_after=1)
    assert "Topics" in (await ada.send_text("/topics")).text
    ada.api.fail_next("editMessageText", 429, retry_after=1)
    message = ada.chat.messages[0]
    await ada.tap(message, "Protein Design")
    await ada.api.wait_until(lambda: message.find_button("Protein Design")["text"].startswith("✅"))


async def test_details_open_in_place_and_lead_back(app, api: BotApi, start_bot: Starts, ada: Person) -> None:
    async with start_bot(app):
        message = await ada.send_text("/latest protein-design")
        digest = message.text
        await ada.tap(message, "2")
        await api.wait_until(lambda: "Thermostable" in message.text and "LoopSmith" not in message.text)
        await ada.tap(message, "Save")
        await api.wait_until(lambda: any(button["text"] == "Unsave" for button in message.keyboard))
        await ada.tap(message, "Back")
        await api.wait_until(lambda: message.text == digest)
        assert [button["text"] for button in message.keyboard] == [
            "1 LoopSmith",
            "2 Thermostable…",
            "3 Does a Fold Need a Sequence?…",
        ]
        assert len(ada.chat.messages) == 1


async def test_a_digest_with_no_buttons_below_it_opens_in_the_place_of_a_card_with_some(
    bot: RunningBot, ada: Person
) -> None:
    await choose_rich(bot.app, ada)
    message = await ada.send_text("/digest protein-design 2026-01-01")
    await ada.tap(message, "2026-11-23")
    await ada.api.wait_until(lambda: message.edits == 1)
    assert message.text.startswith("Protein Design · Mon 23 Nov")
    assert message.find_button("Hard to read?")["callback_data"].startswith("1!settings format classic")


async def test_from_two_cards_deep_the_way_back_leads_over_the_one_between(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("/topics")
    await ada.send_callback(message, "1>paper 2611.90112 full|paper 2611.90112|latest protein-design")
    await ada.api.wait_until(lambda: message.edits == 1)
    assert "Protein Design · Mon 23 Nov" not in message.text
    await ada.tap(message, "Back")
    await ada.api.wait_until(lambda: message.edits == 2)
    assert "Protein Design · Mon 23 Nov" not in message.text
    await ada.tap(message, "Back")
    await ada.api.wait_until(lambda: message.edits == 3)
    assert message.text.startswith("Protein Design · Mon 23 Nov")
    assert "Back" not in [button["text"] for button in message.keyboard]


async def test_pages_turn_in_place(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("/search the")
    first = message.text
    await ada.tap(message, "Next page")
    await ada.api.wait_until(lambda: message.text != first)
    await ada.tap(message, "Previous page")
    await ada.api.wait_until(lambda: message.text == first)
    assert len(ada.chat.messages) == 1


async def test_a_deep_link_subscribes_to_its_topic_and_another_shows_a_paper(bot: RunningBot, ada: Person) -> None:
    assert encode_topic("protein-design") == "topic_protein-design"
    message = await ada.send_text("/start topic_protein-design")
    assert "Subscribed: Protein Design" in message.text
    chinese = encode_topic("语音翻译")
    assert chinese
    assert len(chinese) <= 64
    assert chinese.isascii()
    assert "语音翻译" in (await ada.send_text(f"/start {chinese}")).text
    assert "LoopSmith" in (await ada.send_text(f"/start {encode_paper('2611.90112')}")).text
    assert "Good morning" in (await ada.send_text("/start nonsense_!")).text


async def test_an_arxiv_link_in_any_words_is_answered_with_its_card(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("look at this: https://arxiv.org/abs/2611.90112v1 nice, no?")
    assert "LoopSmith" in message.text
    hidden = [{"type": "text_link", "offset": 0, "length": 4, "url": "https://arxiv.org/pdf/2611.90088"}]
    assert "Thermostable" in (await ada.send_text("here", entities=hidden)).text
    hidden += [{"type": "text_link", "offset": 5, "length": 3, "url": "https://arxiv.org/abs/2611.90127v1"}]
    both = (await ada.send_text("here and", entities=hidden)).text
    assert "2 papers" in both
    assert "Does a Fold" in both
    assert "Saved: Thermostable" in (await ada.send_text("save it", entities=hidden[:1])).text
    assert "Does a Fold" in (await ada.send_text("2")).text


async def test_settings_are_chosen_with_taps(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("/settings")
    await ada.tap(message, "Timezone")
    await ada.api.wait_until(lambda: any("Shanghai" in b["text"] for b in message.keyboard))
    await ada.tap(message, "Shanghai")
    await ada.api.wait_until(lambda: message.find_button("Shanghai")["text"].startswith("✅"))
    subscriber = await bot.app.subscriptions.find(Address("telegram", str(ada.id)))
    assert subscriber
    assert subscriber.preferences.timezone == "Asia/Shanghai"


async def test_a_chat_can_have_rich_cards_and_settings_says_what_speaks_against_them(
    bot: RunningBot, ada: Person
) -> None:
    message = await ada.send_text("/settings format")
    assert "web version" in message.text
    await ada.tap(message, "rich")
    await ada.api.wait_until(lambda: message.edits == 1)
    assert (await ada.send_text("/latest protein-design")).rich
    assert not (await Person(ada.api).send_text("/latest protein-design")).rich


async def test_the_language_is_the_persons_own_until_they_set_another(bot: RunningBot, api: BotApi) -> None:
    lin = Person(api, "Lin", "zh-hans")
    assert "早上好" in (await lin.send_text("/start")).text
    await lin.send_text("/settings language en")
    assert "Good morning" in (await lin.send_text("/start")).text


# -- what nobody should type, and what nobody's button sends ----------------------------------------------------


async def test_commands_for_other_bots_and_edited_ones_are_passed_over(bot: RunningBot, ada: Person) -> None:
    await ada.type_text("/latest@another_bot")
    edited = {
        "message_id": 1,
        "date": 1,
        "chat": ada.chat.to_json(),
        "from": ada.to_json(),
        "text": "/topics",
        "edit_date": 2,
    }
    await ada.api.send_update(edited_message=edited)
    await ada.api.send_update(poll_answer={"poll_id": "1", "user": ada.to_json(), "option_ids": [0]})
    await ada.api.send_update(something_new={"a": 1})
    assert "Topics" in (await ada.send_text("/topics@DIGEST_test_bot")).text
    assert len(ada.chat.messages) == 1


@pytest.mark.parametrize(
    "text",
    [
        "/search " + "x" * 4088,
        "/paper \u202eabc\u202c",
        "/subscribe " + "\U0001f9ec" * 200,
        "/digest protein-design 2026-99-99",
        "/nonsense",
        "/search <b>&\"'</b> @everyone #tag",
        "مرحبا بالعالم",
        "\x00\x07",
    ],
)
async def test_bad_input_gets_one_clear_answer(bot: RunningBot, ada: Person, text: str) -> None:
    assert (await ada.send_text(text)).text.strip()
    await ada.send_text("/help")
    assert len(ada.chat.messages) == 2


async def test_a_picture_or_a_sticker_is_answered_with_what_can_be_read(bot: RunningBot, ada: Person) -> None:
    before = len(ada.chat.messages)
    ada.chat.members[4242] = "member"
    photo = [{"file_id": "x", "file_unique_id": "x", "width": 9, "height": 9}]
    message = {"message_id": 1, "date": 1, "chat": ada.chat.to_json(), "from": ada.to_json(), "photo": photo}
    await ada.api.send_update(message=message)
    await ada.api.wait_until(lambda: len(ada.chat.messages) > before)
    assert "I can only read text" in ada.chat.messages[-1].text


@pytest.mark.parametrize(
    "data", ["", "x", "0>old form", "1?paper", "1#0123456789abcdef", "1>", "1>a|b|c|d|e", "1>/paper\n", "\u202e" * 20]
)
async def test_a_button_of_an_older_version_or_of_nobody_is_answered(bot: RunningBot, ada: Person, data: str) -> None:
    message = await ada.send_text("/start")
    tapped = await ada.wait_for_answer(await ada.send_callback(message, data))
    assert tapped.alert
    assert tapped.text


async def test_a_button_with_a_long_command_survives_a_restart(
    app, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    words = "the " * 30
    async with start_bot(app):
        message = await ada.send_text(f"/search {words}")
        data = message.find_button("Next page")["callback_data"]
        assert data.startswith("1>#")
        assert len(data.encode()) <= 64
    async with start_bot(app):
        first = message.text
        await ada.wait_for_answer(await ada.send_callback(message, data))
        await api.wait_until(lambda: message.text != first)


def test_a_shortcut_is_the_same_every_time() -> None:
    assert compute_token("search a") == compute_token("search a") != compute_token("search b")


async def test_ten_taps_are_one(app, api: BotApi, start_bot: Starts, ada: Person) -> None:
    async with start_bot(app):
        message = await ada.send_text("/paper 2611.90112")
        data = message.find_button("Figures")["callback_data"]
        asked = [await ada.send_callback(message, data) for _ in range(10)]
        for one in asked:
            assert (await ada.wait_for_answer(one)).text == ""
        await ada.send_text("/help")
        assert len(api.list_calls("sendMediaGroup")) == 1


async def test_a_switch_can_be_turned_to_and_fro_as_fast_as_one_taps(bot: RunningBot, ada: Person) -> None:
    message = await ada.send_text("/topics")

    def shows_sign(sign: str) -> bool:
        return str(message.find_button("Protein Design")["text"]).startswith(sign)

    for sign in ("✅", "▫️", "✅"):
        await ada.tap(message, "Protein Design")
        await ada.api.wait_until(partial(shows_sign, sign))


async def test_an_old_button_is_answered_in_the_persons_language(bot: RunningBot, api: BotApi) -> None:
    lin = Person(api, "Lin", "zh-hans")
    message = await lin.send_text("/start")
    assert "已经失效" in (await lin.wait_for_answer(await lin.send_callback(message, "0>old"))).text


async def test_a_tap_is_answered_within_a_second_even_when_the_store_is_slow(
    bot: RunningBot, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await ada.send_text("/start")
    held = asyncio.Event()
    shelves = bot.app.catalog.list_topics

    async def wait_for_release():
        await held.wait()
        return await shelves()

    monkeypatch.setattr(bot.app.catalog, "list_topics", wait_for_release)
    asked = await ada.send_callback(message, message.find_button("Protein Design")["callback_data"])
    tapped = await ada.wait_for_answer(asked)  # the work has not begun to end
    assert tapped.text == ""
    assert len(ada.api.list_calls("answerCallbackQuery")) == 1  # and no second time when the work is done
    held.set()
    await ada.api.wait_until(lambda: message.find_button("Protein Design")["text"].startswith("✅"))


@pytest.fixture
def release(bot: RunningBot, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Searches wait until this is set."""
    held, search = asyncio.Event(), bot.app.catalog.search

    async def wait_for_release(*given: object):
        await held.wait()
        return await search(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(bot.app.catalog, "search", wait_for_release)
    return held


async def test_one_persons_slow_answer_holds_up_nobody_else(
    bot: RunningBot, ada: Person, release: asyncio.Event
) -> None:
    await ada.type_text("/search fold")
    await ada.type_text("/help")
    other = Person(ada.api)
    assert (await other.send_text("/topics")).text
    assert ada.chat.messages == []
    release.set()
    await ada.api.wait_until(lambda: len(ada.chat.messages) == 2)
    assert "fold" in ada.chat.messages[0].text  # in the order of the questions


async def test_a_chat_that_floods_the_bot_holds_up_nobody_else(
    bot: RunningBot, ada: Person, release: asyncio.Event
) -> None:
    for number in range(1200):
        await ada.type_text(f"/search fold {number}")
    assert (await Person(ada.api).send_text("/topics")).text
    release.set()
    await ada.api.wait_until(
        lambda: len(ada.chat.messages) == 20
    )  # as many may wait; all came before the other's question
    await ada.send_text("/help")
    assert len(ada.chat.messages) == 21


async def test_a_groups_questions_are_answered_in_their_order_whoever_asks(
    bot: RunningBot, api: BotApi, ada: Person, release: asyncio.Event
) -> None:
    group = ada.create_chat("supergroup", "Lab")
    group.members[BOT_ID] = "member"
    await Person(api, "Bob").type_text("/search fold", group)
    await ada.type_text("/help", group)
    assert (await Person(api).send_text("/topics")).text
    assert group.messages == []
    release.set()
    await api.wait_until(lambda: len(group.messages) == 2)
    assert "fold" in group.messages[0].text


async def test_a_chat_that_is_never_quiet_is_heard_as_long_as_it_waits_for_its_answers(
    bot: RunningBot, api: BotApi, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_through, search = asyncio.Semaphore(0), bot.app.catalog.search

    async def one_by_one(*given: Any) -> Any:
        await let_through.acquire()
        return await search(*given)

    monkeypatch.setattr(bot.app.catalog, "search", one_by_one)
    monkeypatch.setattr("digestbot.platforms.telegram.incoming.updates._MAX_QUEUED_PER_CHAT", 4)
    for number in range(8):
        await ada.type_text(f"/search fold {number}")
        if number >= 3:
            let_through.release()
            await api.wait_until(partial(has_answers, ada, number - 2))
    for _ in range(3):
        let_through.release()
    await api.wait_until(lambda: len(ada.chat.messages) == 8)


async def test_only_so_many_are_worked_at_at_once_and_all_get_their_turn(
    app, api: BotApi, start_bot: Starts, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digestbot.platforms.telegram.incoming.updates._MAX_CONCURRENT_UPDATES", 2)
    async with start_bot(app):
        for number in range(6):
            await api.send_update(poll_answer={"poll_id": "1", "user": ada.to_json(), "option_ids": [0]})
            assert (await Person(api, f"Reader {number}").send_text("/help")).text


async def test_what_is_in_work_when_it_ends_is_answered_first(
    bot: RunningBot, ada: Person, release: asyncio.Event
) -> None:
    updates = bot.platform._build_update_handler(bot.app.dispatcher.handle_message, always_lead)
    queue: asyncio.Queue[object] = asyncio.Queue()
    handling = asyncio.create_task(updates.handle_updates(queue))
    ada.chat.members[BOT_ID] = "member"
    message = {"message_id": 1, "date": 1, "chat": ada.chat.to_json(), "from": ada.to_json(), "text": "/search fold"}
    await queue.put(Update.de_json({"update_id": 1, "message": message}, bot.platform._bot))
    while not queue.empty():
        await asyncio.sleep(0)
    handling.cancel()
    for _ in range(10):
        await asyncio.sleep(0)
    release.set()
    await asyncio.gather(handling, return_exceptions=True)
    assert ["fold" in message.text for message in ada.chat.messages] == [True]


async def test_a_card_that_opens_in_its_own_place_stays_and_nothing_failed(
    bot: RunningBot, api: BotApi, ada: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    message = await ada.send_text("/settings")
    tapped = await ada.wait_for_answer(await ada.send_callback(message, "1>settings"))
    assert (await ada.send_text("/topics")).text  # it comes when that is done
    assert (len(api.list_calls("editMessageText")), message.edits, tapped.text) == (1, 0, "")
    assert "telegram_answer_failed" not in capsys.readouterr().out


async def test_the_same_button_on_two_cards_is_two_taps(bot: RunningBot, ada: Person) -> None:
    first, second = await ada.send_text("/topics"), await ada.send_text("/topics")
    for message in (first, second):
        await ada.tap(message, "Protein Design")
        await ada.api.wait_until(partial(is_switched_on, message))


def is_switched_on(message: Message) -> bool:
    return str(message.find_button("Protein Design")["text"]).startswith("✅")


def has_answers(person: Person, number: int) -> bool:
    return len(person.chat.messages) == number


async def test_a_card_that_opens_in_place_and_is_refused_as_such_is_classic_in_its_place(
    bot: RunningBot, api: BotApi, ada: Person
) -> None:
    await choose_rich(bot.app, ada)
    message = await ada.send_text("/topics")
    api.fail_next("editMessageText", 400, description="Bad Request: can't parse rich message: x")
    await ada.wait_for_answer(await ada.send_callback(message, "1>paper 2611.90112"))
    await api.wait_until(lambda: message.edits == 1)
    assert "LoopSmith" in message.text
    assert not message.rich
    await ada.type_text("/settings")  # answered last: what would be posted besides stands before it
    await api.wait_until(lambda: ada.chat.messages[-1].text.startswith("Settings"))
    assert len(ada.chat.messages) == 2


def test_the_answer_to_a_tap_has_200_characters_at_most() -> None:
    from digestbot.platforms.telegram.incoming.callbacks import _summarize_card

    assert len(_summarize_card(replies.message_card("", "x" * 200))) == 200
    assert _summarize_card(replies.message_card("", "x" * 201)) == "x" * 199 + "…"


async def test_only_what_is_answered_is_asked_for_and_what_cannot_be_read_is_passed_over(
    bot: RunningBot, api: BotApi, ada: Person
) -> None:
    await api.send_update(message={"message_id": "x"})
    assert (await ada.send_text("/help")).text
    asked = {tuple(call.params["allowed_updates"]) for call in api.list_calls("getUpdates")}
    assert asked == {("message", "callback_query", "inline_query", "my_chat_member")}


async def test_a_picture_with_a_command_below_it_is_a_command(bot: RunningBot, ada: Person) -> None:
    photo = [{"file_id": "x", "file_unique_id": "x", "width": 9, "height": 9}]
    assert "Topics" in (await ada.send_text("", caption="/topics", photo=photo)).text


async def test_a_card_that_was_posted_through_the_bot_is_no_question_to_it(bot: RunningBot, ada: Person) -> None:
    await ada.type_text("LoopSmith: Designing Antibody Loops", via_bot={**BOT})
    await ada.type_text("2611.90112", via_bot={**BOT})
    assert (await ada.send_text("/topics")).text.startswith("Topics")  # the first answer of all: they come in order


async def test_words_with_a_bar_in_them_turn_their_pages(app, api: BotApi, start_bot: Starts, ada: Person) -> None:
    async with start_bot(app):
        message = await ada.send_text("/search the|a")
        first = message.text
        await ada.tap(message, "Next page")
        await api.wait_until(lambda: message.text != first)
        assert "That did not work" not in message.text


async def test_the_commands_are_registered_for_each_kind_of_chat_in_both_languages(
    bot: RunningBot, api: BotApi
) -> None:
    await api.wait_until(lambda: len(api.descriptions) == 4)
    private = [c["command"] for c in api.commands["all_private_chats", ""]]
    assert private == [*(command.name for command in COMMANDS if command.name != "forget_channel"), "channel"]
    groups = [c["command"] for c in api.commands["all_group_chats", "zh"]]
    assert "latest" in groups
    assert "subscribe" not in groups
    assert "save" not in groups
    admins = [c["command"] for c in api.commands["all_chat_administrators", ""]]
    assert {"subscribe", "latest", "forget_channel"} <= set(admins)
    assert api.commands["all_private_chats", "zh"][0]["description"] == "开始使用"
