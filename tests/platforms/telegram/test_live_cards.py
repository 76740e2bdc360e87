"""Work that goes on in a message: each card takes the place of the one before, whatever Telegram does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from digestbot.app import App
from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.answers.answer_limiter import DEFAULT_ANSWER_LIMITS
from digestbot.domain.subscription import Address, CardStyle
from digestbot.errors import CommandError
from tests.live_work import WorkDesk, make_card
from tests.platforms.telegram.botapi.methods import ServerLimits
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.conftest import RunningBot, Starts


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> WorkDesk:
    return WorkDesk(monkeypatch, "topics", "unsave")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow one another at once."""
    monkeypatch.setattr("digestbot.platforms.common.live_message._PAUSES", (0.01,) * 6)


async def test_each_card_takes_the_place_of_the_one_before(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    assert "Reading" in message.text
    work = await desk.wait_for_work()
    work.show("Writing …")
    await api.wait_until(lambda: "Writing" in message.text)
    work.finish(make_card("It is written.", Button("Save", "save 2611.90112")))
    await api.wait_until(lambda: "It is written." in message.text)
    assert message.find_button("Save")["callback_data"]
    assert ada.chat.messages == [message]
    assert work.is_closed


async def test_of_many_cards_only_the_newest_is_shown(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    work.show(*(f"Step {number} …" for number in range(100)))
    await api.wait_until(lambda: "Step" in message.text)
    assert "Step 99" in message.text
    work.finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)
    assert message.edits == 2


async def test_what_is_asked_meanwhile_is_answered_at_once(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    await desk.wait_for_work()
    assert "LoopSmith" in (await ada.send_text("/latest protein-design")).text
    desk.works[0].finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)


async def test_a_card_of_several_messages_goes_on_below(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    work.finish(replies.message_card("Long", *(f"{number} {'word ' * 300}" for number in range(6))))
    await api.wait_until(lambda: len(ada.chat.messages) > 1 and "5 word" in ada.chat.messages[-1].text)
    assert "0 word" in message.text


async def test_in_a_group_the_work_is_below_the_question(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    group = ada.create_chat("supergroup", "Fold Lab")
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    message = await ada.send_text("/topics", group)
    assert message.question
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)


async def test_a_tap_opens_the_work_in_place_with_the_way_back(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/help")
    await ada.tap(message, "Topics")
    await api.wait_until(lambda: "Reading" in message.text)
    assert message.find_button("Back")
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)
    assert message.find_button("Back")
    await ada.tap(message, "Back")
    await api.wait_until(lambda: "Done." not in message.text)
    assert len(ada.chat.messages) == 1


async def test_work_behind_a_card_that_stays_is_a_message_of_its_own(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/help")
    answer = await ada.wait_for_answer(await ada.send_callback(message, _keeps_card("topics")))
    assert answer.text == ""
    await api.wait_until(lambda: len(ada.chat.messages) == 2)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: "Done." in ada.chat.messages[1].text)
    assert "Done." not in message.text


async def test_work_that_somebody_else_asks_for_is_below_the_card_of_all(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    group = ada.create_chat("supergroup", "Fold Lab")
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    shown = await ada.send_text("/paper 2611.90112", group)
    before, text = len(group.messages), shown.text
    ben = Person(api, "Ben")
    await ben.send_callback(shown, _opens("unsave 2611.90112"))
    await api.wait_until(lambda: len(group.messages) > before)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: "Done." in group.messages[-1].text)
    assert shown.text == text


async def test_in_a_channel_work_is_left_for_the_private_chat(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    channel = ada.create_chat("channel", "Folds")
    await ada.add_bot(channel, "administrator")
    api.chats[channel.id] = channel
    await bot.platform._messenger.send_delivery(
        Address("telegram", str(channel.id)), bot.platform.render(make_card("A digest."), CardStyle.CLASSIC)[0]
    )
    answer = await ada.wait_for_answer(await ada.send_callback(channel.messages[-1], _opens("unsave 2611.90112")))
    assert "/unsave 2611.90112" in answer.text
    assert len(channel.messages) == 1


@pytest.mark.parametrize("style", list(CardStyle))
async def test_a_paper_comes_in_the_chats_style(
    bot: RunningBot, app: App, api: BotApi, ada: Person, desk: WorkDesk, style: CardStyle
) -> None:
    subscriber = await app.subscriptions.get_or_create(Address("telegram", str(ada.id)), "en")
    await app.subscriptions.update_preferences(subscriber, card_style=style)
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    work.finish(Card(make_card("It is written.").blocks, has_papers=True))
    await api.wait_until(lambda: "It is written." in message.text)
    assert message.rich is (style is CardStyle.RICH)


# What goes wrong


async def test_an_error_in_the_middle_stands_where_the_result_would(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    work.show("Writing …", CommandError("no_such_date", topic="x", date="y"))
    await api.wait_until(lambda: "That did not work" in message.text)
    assert work.is_closed


async def test_a_change_that_changes_nothing_is_no_error(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    work.show("Reading …")
    await api.wait_until(lambda: api.list_calls("editMessageText"))
    work.finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)


async def test_a_message_that_somebody_deleted_is_sent_anew_at_the_end(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    ada.chat.messages.remove(message)
    work.show("Writing …")
    await api.wait_until(lambda: api.list_calls("editMessageText"))
    work.show("Checking …")
    work.finish("Done.")
    await api.wait_until(lambda: ada.chat.messages)
    assert "Done." in ada.chat.messages[0].text
    assert len(api.list_calls("editMessageText")) == 1


async def test_a_message_that_is_deleted_just_before_the_end_is_sent_anew(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    ada.chat.messages.remove(message)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: ada.chat.messages and "Done." in ada.chat.messages[0].text)


FAULTS: list[Callable[[BotApi], None]] = [
    lambda api: api.fail_next("editMessageText", 429, retry_after=1),
    lambda api: api.fail_next("editMessageText", "reset"),
    lambda api: api.fail_next("editMessageText", "reset-after"),
    lambda api: api.fail_next("editMessageText", 502, times=3),
    lambda api: api.fail_next("editMessageText", 500, times=3, description="Internal Server Error"),
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("break_edits", FAULTS)
async def test_the_last_card_is_never_lost(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk, break_edits: Callable[[BotApi], None]
) -> None:
    message = await ada.send_text("/topics")
    break_edits(api)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)
    assert ada.chat.messages == [message]


async def test_a_change_that_telegram_postpones_is_left_out(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    message = await ada.send_text("/topics")
    work = await desk.wait_for_work()
    api.fail_next("editMessageText", 429, retry_after=1)
    work.show("Writing …")
    await api.wait_until(lambda: api.list_calls("editMessageText"))
    work.show("Checking …")
    await api.wait_until(lambda: "Checking" in message.text)
    first, second = api.list_calls("editMessageText")
    assert second.at - first.at >= 1
    work.finish("Done.")
    await api.wait_until(lambda: "Done." in message.text)


async def test_who_blocked_the_bot_is_worked_for_no_more(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    await ada.send_text("/topics")
    work = await desk.wait_for_work()
    api.fail_next("editMessageText", 403, description="Forbidden: bot was blocked by the user")
    work.show("Writing …")
    await api.wait_until(lambda: work.is_closed)


@pytest.mark.usefixtures("quick")
async def test_a_first_card_that_did_not_arrive_is_made_up_for_by_the_last(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    api.fail_next("sendMessage", 502)
    await ada.type_text("/topics")
    work = await desk.wait_for_work()
    work.show("Writing …")
    work.finish("Done.")
    await api.wait_until(lambda: ada.chat.messages and "Done." in ada.chat.messages[0].text)
    assert not api.list_calls("editMessageText")


async def test_a_group_that_becomes_a_supergroup_has_the_result_there(
    bot: RunningBot, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    group = ada.create_chat("group", "Fold Lab")
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    await ada.send_text("/topics", group)
    new = api.upgrade_chat(group)
    (await desk.wait_for_work()).finish("Done.")
    await api.wait_until(lambda: new.messages)
    assert "Done." in new.messages[0].text


# How much


async def test_fifty_people_at_once_keep_telegrams_limits(
    start_bot: Starts, app: App, api: BotApi, desk: WorkDesk
) -> None:
    api.limits = ServerLimits(chat_seconds=1.0)
    async with start_bot(app):
        people = [Person(api, f"P{number}") for number in range(50)]
        await asyncio.gather(*(person.send_text("/topics") for person in people))
        await api.wait_until(lambda: len(desk.works) == 50)
        for work in desk.works:
            work.show("Writing …", "Checking …")
            work.finish("Done.")
        await api.wait_until(lambda: all("Done." in person.chat.messages[0].text for person in people))
    assert all(len(person.chat.messages) == 1 for person in people)
    assert api.refusals[429] == 0
    moments = [call.at for call in api.calls if call.method in ("sendMessage", "editMessageText")]
    assert len(moments) / (moments[-1] - moments[0]) < 35  # the token's 30 a second, on a busy machine


async def test_a_group_has_room_for_answers_while_work_goes_on(
    start_bot: Starts, app: App, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    api.limits = ServerLimits(group=20)
    async with start_bot(app):
        group = ada.create_chat("supergroup", "Fold Lab")
        await ada.add_bot(group)
        await api.wait_until(lambda: group.messages)
        message = await ada.send_text("/topics", group)
        work = await desk.wait_for_work()
        for number in range(5):
            work.show(f"Step {number} …")
            await ada.send_text("/latest protein-design", group)
        work.finish("Done.")
        await api.wait_until(lambda: "Done." in message.text)
    assert api.refusals[429] == 0


async def test_one_persons_flood_begins_a_few_and_leaves_room_for_others(
    start_bot: Starts, app: App, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    async with start_bot(app, answer_limits=DEFAULT_ANSWER_LIMITS):
        for _ in range(30):
            await ada.type_text("/topics")
        await api.wait_until(lambda: any("too much at once" in one.text for one in ada.chat.messages))
        await api.wait_until(lambda: any("Too much is being worked on" in one.text for one in ada.chat.messages))
        assert sum("Reading" in one.text for one in ada.chat.messages) == 5
        ben = Person(api, "Ben")
        assert "Reading" in (await ben.send_text("/topics")).text
        for work in desk.works:
            work.finish("Done.")
        await api.wait_until(lambda: sum("Done." in one.text for one in ada.chat.messages) == 5)


# The end


async def test_a_stop_says_that_work_was_interrupted_and_how_to_ask_again(
    start_bot: Starts, app: App, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    async with start_bot(app):
        message = await ada.send_text("/topics")
        work = await desk.wait_for_work()
    assert "being restarted" in message.text
    assert message.find_button("Ask again")["callback_data"].endswith("topics")
    assert work.is_closed


async def test_work_that_ends_while_the_bot_stops_is_shown(
    start_bot: Starts, app: App, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    async with start_bot(app):
        message = await ada.send_text("/topics")
        (await desk.wait_for_work()).finish("Done.")
    assert "Done." in message.text


async def test_a_stop_in_time_whatever_telegram_does(
    start_bot: Starts, app: App, api: BotApi, ada: Person, desk: WorkDesk
) -> None:
    async with start_bot(app):
        await ada.send_text("/topics")
        work = await desk.wait_for_work()
        api.fail_next("editMessageText", "timeout", times=10)
    assert work.is_closed


def _keeps_card(command: str) -> str:
    return _find_data(Button("x", command, keeps_card=True))


def _opens(command: str) -> str:
    return _find_data(Button("x", command))


def _find_data(button: Button) -> str:
    from digestbot.platforms.telegram.outgoing.keyboard import Keyboard

    return Keyboard(Card(())).encode_callback_data(button)
