"""How digests make themselves heard on Telegram: silence, and tests of a delivery."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.domain.subscription import Address
from tests.platforms.mornings import load_digest, read_rows
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.botapi.world import Message
from tests.platforms.telegram.conftest import Starts
from tests.platforms.telegram.mornings import choose_rich, subscribe


async def set_quiet(app: App, person: Person) -> None:
    subscriber = await app.subscriptions.find(Address("telegram", str(person.id)))
    assert subscriber
    await app.subscriptions.update_preferences(subscriber, quiet=True)


def is_silent(message: Message) -> bool:
    return message.params.get("disable_notification") is True


@pytest.mark.parametrize("style", ["classic", "rich", "refused rich"])
async def test_every_message_of_a_quiet_delivery_comes_without_a_sound(
    empty_app: App, api: BotApi, start_bot: Starts, ada: Person, clock, style: str
) -> None:
    await load_digest(empty_app, count=60 if style == "refused rich" else 16)
    await subscribe(empty_app, ada)
    await set_quiet(empty_app, ada)
    if style != "classic":
        await choose_rich(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False) as bot:
        if style == "refused rich":  # after the bot has asked whether there are such messages: it becomes classic
            api.fail_next("sendRichMessage", 400, description="Bad Request: can't parse entities: Unsupported tag")
        assert (await bot.deliver()).sent == 1
    assert len(ada.chat.messages) > 1 or style == "rich"
    assert all(map(is_silent, ada.chat.messages))


@pytest.mark.parametrize("style", ["classic", "refused rich"])
async def test_a_delivery_in_several_messages_makes_one_sound(
    empty_app: App, api: BotApi, start_bot: Starts, ada: Person, clock, style: str
) -> None:
    await load_digest(empty_app, count=60 if style == "refused rich" else 16)
    await subscribe(empty_app, ada)
    if style != "classic":
        await choose_rich(empty_app, ada)
    clock.set("2026-11-24 10:00")
    async with start_bot(empty_app, listening=False) as bot:
        if style == "classic":  # what is sent again is as silent as it was
            api.fail_next("sendMessage", 500, times=1, skip=1)
            assert (await bot.deliver()).sent == 0
            clock.advance(minutes=5)
        else:
            api.fail_next("sendRichMessage", 400, description="Bad Request: can't parse entities: Unsupported tag")
        assert (await bot.deliver()).sent == 1
    assert len(ada.chat.messages) > 1
    assert [is_silent(message) for message in ada.chat.messages].count(False) == 1
    assert not is_silent(ada.chat.messages[0])


async def test_answers_make_their_sound_whatever_is_set_and_the_setting_is_seen(
    due: App, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(due):
        for line, says in (
            ("/settings quiet on", "Quiet: on."),
            ("/设置 静音 关", "Quiet: off."),
            ("/settings silent on", "Quiet: on."),
            ("/settings", "Quiet"),
            ("/settings quiet perhaps", "neither on nor off"),
            ("/subscribe topic-a 9:00 quietly", "it is a setting of the whole chat"),
            ("/settings mention @readers", "only in servers on Discord"),
        ):
            answer = await ada.send_text(line)
            assert says in answer.parsed.text, answer.parsed.text
            assert not is_silent(answer)


async def test_a_test_comes_as_the_delivery_would_and_the_real_one_still_comes(
    empty_app: App, start_bot: Starts, ada: Person, clock
) -> None:
    await load_digest(empty_app, count=16)
    async with start_bot(empty_app) as bot:
        await set_quiet_after(ada)
        subscribed = await ada.send_text("/subscribe topic-a 10:00")
        before = len(ada.chat.messages)
        await ada.tap(subscribed, "Send a test here")  # three messages take longer than a tap may wait
        await ada.api.wait_until(lambda: "It is not counted" in ada.chat.messages[-1].parsed.text)
        assert not is_silent(ada.chat.messages[-1])
        first, *others = ada.chat.messages[before:-1]
        assert "Test: this is how digests will come here." in first.parsed.text
        assert len(others) == 2
        assert all("Test" not in message.parsed.text for message in others)
        assert all(map(is_silent, (first, *others)))
        assert await read_rows(empty_app) == []
        opened = await ada.send_text("9")  # the numbers of the test are those of its list
        assert "2611.00009" in opened.parsed.text
        clock.set("2026-11-24 10:00")
        assert (await bot.deliver()).sent == 1


async def set_quiet_after(person: Person) -> None:
    assert "Quiet: on" in (await person.send_text("/settings quiet on")).parsed.text


async def test_a_test_without_any_digest_says_so_and_one_of_another_topic_says_which(
    empty_app: App, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(empty_app):
        answer = await ada.send_text("/test", answers=2)
        assert "Nothing is subscribed here yet" in answer.parsed.text
        assert "There is no digest yet" in ada.chat.messages[-2].parsed.text
        await load_digest(empty_app)
        await load_digest(empty_app, day="2027-03-01", topic="Topic B")
        answer = await ada.send_text("/preview topic b", answers=2)
        assert "Topic B has no digest yet, so this is one of Topic A" in answer.parsed.text


async def test_in_a_group_a_test_is_for_its_administrators(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(due):
        group = ada.create_chat("supergroup", "Reading club")
        await ada.add_bot(group)
        await api.wait_until(lambda: group.messages)
        other = Person(api, "Ben")
        group.members[other.id] = "member"
        assert "Only administrators" in (await other.send_text("/test", group)).parsed.text
        await ada.send_text("/subscribe topic-a 10:00", group)
        listed = await ada.send_text("/subscriptions", group)
        assert "Send a test here" in str(listed.keyboard)
        assert "Send a test here" not in str((await other.send_text("/subscriptions", group)).keyboard)


async def test_a_channel_is_tested_from_a_private_chat_and_a_refusal_is_told_at_once(
    due: App, api: BotApi, start_bot: Starts, ada: Person
) -> None:
    async with start_bot(due):
        channel = ada.create_chat("channel", "Papers", "lab_papers")
        await ada.type_text("/start")
        await ada.add_bot(channel, "administrator")
        subscribed = await ada.send_text("/channel @lab_papers subscribe topic-a 10:00", answers=3)
        words = "Bad Request: not enough rights to send text messages to the chat"
        api.fail_next("sendMessage", 400, chat=channel.id, description=words)
        refused = await ada.tap(subscribed, "Send a test here")
        assert refused.alert
        assert "The test could not be posted here: Not enough rights" in refused.text
        assert channel.messages == []
        sent = await ada.send_text("/channel @lab_papers test")
        assert "The test is in Papers." in sent.parsed.text
        (test,) = channel.messages
        assert "Test: this is how digests will come here." in test.parsed.text
