"""A client may send any data for any message that has buttons: it changes nothing that others read or have.

core.telegram.org/bots/api#callbackquery says so of ``data``.
"""

from __future__ import annotations

import pytest

from digestbot.core.commands.registry import COMMANDS, only_shows
from digestbot.domain.subscription import Address, Subscriber
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.world import BOT_ID, Chat, Message
from tests.platforms.telegram.conftest import RunningBot

WAYS_BACK = (
    *("forget_channel yes", "forgetme yes", "unsubscribe all", "stop", "settings time 03:00", "settings 03:00"),
    *("undo", "resume", "pause", "save 2611.90088", "start topic_climate-emulation", "subscribe climate-emulation"),
    *("  paper 2611.90112取消收藏", "\n\nlatest time 03:00", "paper  2611.90112", " saved", "\u3000topics daily 3:33"),
    *("取消订阅 all", "in 5 forget_channel yes", "channel -5 forget_channel yes", "channel @a unsubscribe all"),
)


@pytest.fixture
def eve(bot: RunningBot, ada: Person) -> Person:
    return Person(ada.api, "Eve")


@pytest.fixture
async def group(ada: Person, eve: Person) -> Chat:
    """A group that Ada runs, Eve is a member of, and that receives a topic."""
    chat = ada.create_chat("supergroup", "Lab")
    chat.members |= {BOT_ID: "administrator", eve.id: "member"}
    await ada.send_text("/subscribe protein-design", chat)
    return chat


@pytest.fixture
async def post(bot: RunningBot, ada: Person) -> Message:
    """A digest in Ada's channel."""
    channel = ada.create_chat("channel", "Papers", "lab_papers")
    channel.members[BOT_ID] = "administrator"
    await ada.send_text("/channel @lab_papers subscribe protein-design 09:30")
    bot.app.clock.set("2026-11-25 09:31:00")  # type: ignore[attr-defined]  # the tests' clock
    await bot.deliver()
    return channel.messages[0]


@pytest.mark.parametrize("command", WAYS_BACK)
def test_no_way_back_changes_anything(command: str) -> None:
    assert not only_shows(command)


@pytest.mark.parametrize("command", [command.name for command in COMMANDS if command.only_shows])
def test_what_only_shows_may_be_gone_back_to(command: str) -> None:
    assert only_shows(f"{command} p2")


async def test_a_forged_way_back_is_no_button_of_the_card(bot: RunningBot, ada: Person, eve: Person) -> None:
    await eve.send_text("/start")
    message = await eve.send_text("/latest protein-design")
    for command in WAYS_BACK:
        edits = message.edits
        await eve.wait_for_answer(await eve.send_callback(message, f"1>paper 2611.90112|{command}"))
        await eve.api.wait_until(lambda edits=edits: message.edits > edits)  # type: ignore[misc]
        assert not any(command in button.get("callback_data", "") for button in message.keyboard)
        await eve.wait_for_answer(await eve.send_callback(message, "1>latest protein-design"))
        await eve.api.wait_until(lambda edits=edits: message.edits > edits + 1)  # type: ignore[misc]


async def test_what_others_read_stays_whatever_a_member_sends(
    bot: RunningBot, ada: Person, eve: Person, group: Chat
) -> None:
    message = await ada.send_text("/latest protein-design", group)
    shown = message.text
    for data in (
        "1>search BUY TOKENS|stop",
        "1!save 2611.90112|search BUY TOKENS",
        "1>unsubscribe all|topics",
        "1>stop",
    ):
        await eve.wait_for_answer(await eve.send_callback(message, data))
    assert (await find(bot, group)).pause_reason == ""
    assert (message.text, message.edits) == (shown, 0)


async def test_a_post_of_a_channel_opens_in_the_private_chat_and_stays(
    bot: RunningBot, ada: Person, eve: Person, post: Message
) -> None:
    shown = post.text
    opened = (await eve.tap(post, "1")).url
    assert (await eve.wait_for_answer(await eve.send_callback(post, "1>search BUY TOKENS"))).url
    assert (await ada.tap(post, "1")).url == opened  # nor does its administrator turn it over for all, by chance
    assert (post.text, post.edits) == (shown, 0)
    payload = opened.partition("?start=")[2]
    await eve.send_text("/start")
    assert "LoopSmith" in (await eve.send_text(f"/start {payload}")).text


async def test_what_is_too_long_for_a_link_is_said(bot: RunningBot, eve: Person, post: Message) -> None:
    told = await eve.wait_for_answer(await eve.send_callback(post, f"1>search {'protein ' * 6}more"))
    assert told.alert
    assert "/search protein" in told.text


async def test_a_link_that_anybody_wrote_only_shows(bot: RunningBot, ada: Person) -> None:
    await ada.send_text("/start")
    await ada.send_text("/subscribe protein-design")
    await ada.send_text("/start show_Zm9yZ2V0bWUgeWVz")  # forgetme yes
    assert await bot.app.subscriptions.find(Address("telegram", str(ada.id)))


async def test_a_card_posted_through_inline_mode_stays(bot: RunningBot, ada: Person, eve: Person) -> None:
    offered = await eve.query_inline("antibody")
    posted = eve.choose_result(offered["results"][0], ada.chat)
    shown = posted.text
    for data in ("1>paper 2611.90112|forgetme yes", "1>search BUY TOKENS", "1!save 2611.90112|search BUY TOKENS"):
        await eve.wait_for_answer(await eve.send_callback(posted, data))
    assert (posted.text, posted.edits) == (shown, 0)


async def test_whoever_asked_in_a_group_turns_the_pages(bot: RunningBot, eve: Person, group: Chat) -> None:
    message = await eve.send_text("/latest protein-design", group)
    await eve.tap(message, "1")
    await eve.api.wait_until(lambda: message.edits == 1)
    await eve.tap(message, "Back")
    await eve.api.wait_until(lambda: message.edits == 2)


async def find(bot: RunningBot, chat: Chat) -> Subscriber:
    found = await bot.app.subscriptions.find(Address("telegram", str(chat.id)))
    assert found
    return found


async def test_the_rest_of_a_bundle_comes_below_it_in_a_group_and_to_no_other_chat(
    bot: RunningBot, ada: Person, eve: Person, group: Chat
) -> None:
    channel = ada.create_chat("channel", "Papers", "lab_papers")
    channel.members[BOT_ID] = "administrator"
    await ada.send_text("/start")
    for topic in ("Topic A", "Topic B"):
        await load_digest(bot.app, 15 if topic == "Topic A" else 40, "2026-11-25", topic)
        await ada.send_text(f"/subscribe {topic} 09:30", group)
        await ada.send_text(f"/channel @lab_papers subscribe {topic} 09:30")
    before = len(group.messages)
    bot.app.clock.set("2026-11-25 09:31:00")  # type: ignore[attr-defined]  # the tests' clock
    await bot.deliver()
    (sent,) = [one for one in group.messages[before:] if "23 more" in str(one.keyboard)]
    shown, count = sent.text, len(group.messages)
    assert not (await eve.tap(sent, "23 more")).url
    answer = await eve.api.wait_until(lambda: group.messages[count:])
    assert "21. It measures" in answer[0].text
    assert answer[0].params["reply_parameters"]["message_id"] == sent.id
    assert (sent.text, sent.edits) == (shown, 0)
    (post,) = [one for one in channel.messages if "20 more" in str(one.keyboard)]
    posts = len(channel.messages)
    told = await eve.tap(post, "20 more")
    assert (told.alert, len(channel.messages)) == (False, posts)
    payload = told.url.partition("?start=")[2]
    assert 0 < len(payload) <= 64
    answer_there = await eve.send_text(f"/start {payload}")
    assert "21. It measures" in answer_there.text
    assert "Topic A" in answer_there.text
    number = await eve.send_text("21")
    assert "It measures" in number.text
    for guess in ("/latest sent-1 p2", "/latest more-" + "0" * 24, "/latest more-", "/latest more-" + "0" * 900):
        assert "21. It measures" not in (await eve.send_text(guess)).text
