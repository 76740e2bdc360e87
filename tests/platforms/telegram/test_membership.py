"""Groups, forum topics and channels: who may set them up, and what happens when they change."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telegram import Bot

from digestbot.app import App
from digestbot.domain.subscription import Address, Subscriber
from digestbot.platforms.common.text import WORD_JOINER
from digestbot.platforms.telegram.incoming.permissions import ChatPermissions
from digestbot.platforms.telegram.transport import AiohttpRequest
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT, BOT_ID, Chat
from tests.platforms.telegram.conftest import RunningBot, Starts
from tests.waiting import HANG_SECONDS


@pytest.fixture
def group(ada: Person) -> Chat:
    """A supergroup that Ada made, with the bot and with Bob in it."""
    group = ada.create_chat("supergroup", "Fold Lab", threads=(7, 8))
    group.members[BOT_ID] = "member"
    return group


@pytest.fixture
def bob(api: BotApi, group: Chat) -> Person:
    bob = Person(api, "Bob")
    group.members[bob.id] = "member"
    return bob


async def find_subscriber(bot: RunningBot, chat: Chat, thread: str = "") -> Subscriber | None:
    return await bot.app.subscriptions.find(Address("telegram", str(chat.id), thread))


async def list_topics(bot: RunningBot, chat: Chat, thread: str = "") -> list[str]:
    found = await find_subscriber(bot, chat, thread)
    return [s.topic.slug for s in await bot.app.subscriptions.list_for(found)] if found else []


async def wait_until_paused(bot: RunningBot, chat: Chat, reason: str) -> None:
    """Wait until deliveries to the chat are paused for that reason."""
    async with asyncio.timeout(HANG_SECONDS):
        while (found := await find_subscriber(bot, chat)) is None or found.pause_reason != reason:
            await asyncio.sleep(0.01)


async def test_only_administrators_change_what_a_group_receives(
    bot: RunningBot, ada: Person, bob: Person, group: Chat
) -> None:
    refused = await bob.send_text("/subscribe protein-design", group)
    assert "Only administrators" in refused.text
    assert await list_topics(bot, group) == []
    assert "Subscribed" in (await ada.send_text("/subscribe protein-design", group)).text
    assert await list_topics(bot, group) == ["protein-design"]
    assert "3 papers" in (await bob.send_text("/latest protein-design", group)).text


async def test_an_answer_in_a_group_replies_to_its_question(bot: RunningBot, bob: Person, group: Chat) -> None:
    asked = await bob.type_text("/topics@digest_test_bot", group)
    await bob.api.wait_until(lambda: group.messages)
    assert group.messages[0].params["reply_parameters"] == {"message_id": asked, "allow_sending_without_reply": True}


async def test_every_message_of_a_long_answer_in_a_group_replies_and_stays_in_its_topic(
    empty_app: App, start_bot: Starts, ada: Person, group: Chat
) -> None:
    await load_digest(empty_app, 1, abstract="word " * 1200)
    async with start_bot(empty_app):
        long = "/paper 2611.00001 full"
        await ada.send_text(long, group, answers=2, message_thread_id=7, is_topic_message=True)
        await ada.send_text(long, answers=2)
    assert [("reply_parameters" in message.params, message.thread) for message in group.messages[:2]] == [
        (True, 7),
        (True, 7),
    ]
    assert [("reply_parameters" in message.params) for message in ada.chat.messages[:2]] == [False, False]


async def test_an_answer_to_a_message_that_was_deleted_meanwhile_is_posted_all_the_same(
    bot: RunningBot, bob: Person, group: Chat
) -> None:
    group.deleted.add(1)  # the number that his message will have
    assert "Topics" in (await bob.send_text("/topics", group)).text


async def test_members_rights_are_asked_once_a_minute_and_after_a_change(
    bot: RunningBot, ada: Person, bob: Person, group: Chat
) -> None:
    for _ in range(2):
        await bob.send_text("/pause", group)
    assert len(bot_calls := ada.api.list_calls("getChatMember")) == 1, bot_calls
    group.members[bob.id] = "administrator"
    await ada.add_bot(group, "administrator")
    assert "Paused" in (await bob.send_text("/pause", group)).text


async def test_nobody_moderates_but_the_owner_and_administrators(api: BotApi, group: Chat) -> None:
    may = {"creator": True, "administrator": True, "member": False, "restricted": False, "left": False, "kicked": False}
    async with Bot(TOKEN, base_url=f"{api.url}/bot", request=AiohttpRequest(1)) as plain:
        members = ChatPermissions(plain)
        for status, expected in may.items():
            person = Person(api, status)
            group.members[person.id] = status
            assert await members.is_moderator(str(group.id), person.id) is expected, status


async def test_a_group_where_the_bot_had_no_rights_goes_on_once_it_is_an_administrator(
    bot: RunningBot, ada: Person, group: Chat, clock
) -> None:
    await ada.send_text("/subscribe protein-design 10:00", group)
    group.gone = "Bad Request: not enough rights to send text messages to the chat"
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1
    await wait_until_paused(bot, group, "Not enough rights to send text messages to the chat")
    group.gone = ""
    await ada.add_bot(group, "administrator")
    await wait_until_paused(bot, group, "")


async def test_an_anonymous_administrator_may_and_a_linked_channel_may_not(
    bot: RunningBot, ada: Person, group: Chat
) -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    sender: dict[str, Any] = {"sender_chat": group.to_json(), "from": anonymous}
    assert "Subscribed" in (await ada.send_text("/subscribe protein-design", group, **sender)).text
    channel = ada.create_chat("channel", "Elsewhere")
    sender["sender_chat"] = channel.to_json()
    assert "Only administrators" in (await ada.send_text("/unsubscribe protein-design", group, **sender)).text


async def test_a_tap_on_a_groups_switch_is_for_administrators_too(
    bot: RunningBot, ada: Person, bob: Person, group: Chat
) -> None:
    message = await ada.send_text("/topics", group)
    tapped = await bob.tap(message, "Protein Design")
    assert tapped.alert
    assert "Only administrators" in tapped.text
    await ada.tap(message, "Protein Design")
    await ada.api.wait_until(lambda: message.find_button("Protein Design")["text"].startswith("✅"))


async def test_what_a_member_keeps_in_a_group_is_their_own(
    bot: RunningBot, ada: Person, bob: Person, group: Chat
) -> None:
    message = await bob.send_text("/paper 2611.90112", group)
    assert "Saved: LoopSmith" in (await bob.tap(message, "Save")).text
    assert message.edits == 0  # the group's card shows nobody's own
    assert "LoopSmith" in (await bob.send_text("/saved")).text
    assert "You have no saved papers" in (await ada.send_text("/saved")).text


async def test_words_and_unknown_commands_in_a_group_are_not_for_the_bot(
    bot: RunningBot, bob: Person, group: Chat
) -> None:
    for text in ("hello all", "https://arxiv.org/abs/2611.90112", "/ban @bob", "/latest@another_bot"):
        await bob.type_text(text, group)
    await bob.send_text("/help@digest_test_bot", group)
    assert len(group.messages) == 1


async def test_in_a_group_a_number_is_for_the_bot_where_it_is_addressed(
    bot: RunningBot, bob: Person, group: Chat
) -> None:
    shown = await bob.send_text("/最新 protein-design", group)
    assert "Protein Design · Mon 23 Nov" in shown.text
    ours = {"message_id": 1, "date": 1, "chat": group.to_json(), "from": BOT, "text": "a digest"}
    theirs = ours | {"from": bob.to_json()}
    for text, reply in (("1", None), ("nice paper", ours), ("1", theirs), ("最新", None), ("@another_bot 1", None)):
        await bob.type_text(text, group, **({"reply_to_message": reply} if reply else {}))
    assert "LoopSmith" in (await bob.send_text("@DIGEST_test_bot 1", group)).text
    assert "Thermostable" in (await bob.send_text("2", group, reply_to_message=ours)).text
    assert "Topics" in (await bob.send_text("主题 @digest_test_bot", group)).text
    assert len(group.messages) == 4


async def test_what_a_member_forgets_in_a_group_is_their_own(
    bot: RunningBot, ada: Person, bob: Person, group: Chat
) -> None:
    await ada.send_text("/subscribe protein-design", group)
    await bob.send_text("/save 2611.90112", group)
    assert "about you" in (await bob.send_text("/forgetme yes", group)).text
    assert "You have no saved papers" in (await bob.send_text("/saved")).text
    assert "Only administrators" in (await bob.send_text("/forget_channel yes", group)).text
    assert await list_topics(bot, group) == ["protein-design"]
    assert "stored about Fold Lab" in (await ada.send_text("/forget_channel", group)).text
    assert "about Fold Lab has been deleted" in (await ada.send_text("/忘记频道 是", group)).text
    assert await list_topics(bot, group) == []


async def test_a_digest_goes_to_the_forum_topic_where_it_was_subscribed(
    bot: RunningBot, ada: Person, group: Chat, clock
) -> None:
    in_topic = {"message_thread_id": 7, "is_topic_message": True}
    answer = await ada.send_text("/subscribe protein-design 10:00", group, **in_topic)
    assert answer.thread == 7
    assert await list_topics(bot, group, "7") == ["protein-design"]
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1
    assert group.messages[-1].thread == 7
    assert "Protein Design · Mon 23 Nov" in group.messages[-1].text


async def test_a_forum_topic_is_called_by_its_name(bot: RunningBot, ada: Person, group: Chat) -> None:
    in_topic = {"message_thread_id": 7, "is_topic_message": True}
    created = {"name": "Papers", "icon_color": 7322096}
    first = {"message_id": 7, "date": 0, "chat": group.to_json(), "forum_topic_created": created}
    await ada.send_text("/subscribe protein-design", group, **in_topic, reply_to_message=first)
    found = await bot.app.subscriptions.find(Address("telegram", str(group.id), "7"))
    assert found
    assert found.title == "Fold Lab › Papers"


async def test_a_reply_in_a_plain_group_is_no_forum_topic(bot: RunningBot, ada: Person, group: Chat) -> None:
    await ada.send_text("/subscribe protein-design", group, message_thread_id=55)
    assert await list_topics(bot, group) == ["protein-design"]


async def test_the_bot_says_hello_when_it_is_added_and_stops_when_it_is_removed(
    bot: RunningBot, ada: Person, clock
) -> None:
    lab = ada.create_chat("supergroup", "New Lab")
    await ada.add_bot(lab)
    await ada.api.wait_until(lambda: lab.messages)
    assert "▫️ Protein Design" in [button["text"] for button in lab.messages[0].keyboard]
    await ada.tap(lab.messages[0], "Protein Design")
    await ada.remove_bot(lab)
    await wait_until_paused(bot, lab, "the bot was removed from the chat")
    clock.set("2026-11-25 08:00")
    assert (await bot.deliver()).sent == 0
    await ada.add_bot(lab)
    await wait_until_paused(bot, lab, "")


async def test_a_blocked_bot_waits_and_goes_on_when_it_is_let_back_in(bot: RunningBot, ada: Person) -> None:
    await ada.send_text("/subscribe protein-design")
    await ada.remove_bot(ada.chat)
    await wait_until_paused(bot, ada.chat, "the bot was blocked by the user")
    await ada.add_bot(ada.chat)
    await wait_until_paused(bot, ada.chat, "")


async def test_a_group_that_becomes_a_supergroup_keeps_its_subscriptions(
    bot: RunningBot, ada: Person, group: Chat
) -> None:
    await ada.send_text("/subscribe protein-design", group)
    await ada.send_text("/subscribe climate-emulation", group)
    new = await ada.upgrade_group(group)
    await ada.send_text("/help", new)
    assert sorted(await list_topics(bot, new)) == ["climate-emulation", "protein-design"]
    assert await find_subscriber(bot, group) is None


async def test_a_group_that_moved_unheard_is_followed_when_a_digest_is_sent(
    bot: RunningBot, ada: Person, group: Chat, clock
) -> None:
    await ada.send_text("/subscribe protein-design 10:00", group)
    new = ada.create_chat("supergroup", "Fold Lab")
    new.members[BOT_ID] = "member"
    group.migrated_to = new.id
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1
    assert "Protein Design" in new.messages[0].text
    assert await list_topics(bot, new) == ["protein-design"]


# -- channels -----------------------------------------------------------------------------------------------------


@pytest.fixture
def channel(ada: Person) -> Chat:
    channel = ada.create_chat("channel", "Papers", "lab_papers")
    channel.members[BOT_ID] = "administrator"
    return channel


async def test_a_channel_is_set_up_from_private_chat_and_gets_its_digest(
    bot: RunningBot, ada: Person, channel: Chat, clock
) -> None:
    message = await ada.send_text("/channel @lab_papers")
    assert message.text.startswith("Papers")
    await ada.tap(message, "Protein Design")
    await ada.api.wait_until(lambda: message.find_button("Protein Design")["text"].startswith("✅"))
    assert "Subscribed" in (await ada.send_text("/channel @lab_papers subscribe climate-emulation 10:00 mon-fri")).text
    assert sorted(await list_topics(bot, channel)) == ["climate-emulation", "protein-design"]
    assert "Papers" in [button["text"] for button in (await ada.send_text("/channel")).keyboard]
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).sent == 1
    assert "Climate Emulation" in channel.messages[0].text


async def test_the_bot_tells_who_made_it_an_administrator_that_topics_can_be_picked(
    bot: RunningBot, ada: Person, channel: Chat
) -> None:
    await ada.send_text("/start")
    channel.members[BOT_ID] = "left"
    await ada.add_bot(channel, "administrator")
    await ada.api.wait_until(lambda: len(ada.chat.messages) == 2)
    told = ada.chat.messages[-1]
    assert "“Papers” is ready" in told.text
    await ada.tap(told, "Protein Design")
    await ada.api.wait_until(lambda: told.find_button("Protein Design")["text"].startswith("✅"))
    assert await list_topics(bot, channel) == ["protein-design"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/channel lab_papers", "is not a channel name"),
        ("/channel @nobody_knows", "I cannot see @nobody_knows"),
        ("/channel -100999999", "I cannot see -100999999"),
        ("/channel @lab_papers subscribe nonsense", "no topic “nonsense”"),
        ("/channel", "Add @digest_test_bot to your channel"),
    ],
)
async def test_what_is_wrong_with_a_channel_is_said(
    bot: RunningBot, ada: Person, channel: Chat, text: str, says: str
) -> None:
    assert says in (await ada.send_text(text)).text.replace(WORD_JOINER, "")


async def test_a_stranger_cannot_set_up_somebodys_channel_by_name_or_by_button(
    bot: RunningBot, api: BotApi, ada: Person, channel: Chat
) -> None:
    eve = Person(api, "Eve")
    assert "Only administrators of @lab_papers" in (
        await eve.send_text("/channel @lab_papers subscribe protein-design")
    ).text.replace(WORD_JOINER, "")
    message = await eve.send_text("/start")
    asked = await eve.send_callback(message, f"1!channel {channel.id} subscribe protein-design")
    assert (await eve.wait_for_answer(asked)).alert
    assert await list_topics(bot, channel) == []


async def test_a_channel_where_the_bot_may_not_post_is_named_with_the_right_that_is_missing(
    bot: RunningBot, ada: Person, channel: Chat
) -> None:
    channel.bot_posts = False
    assert "turn on “Post Messages”" in (await ada.send_text("/channel @lab_papers")).text


async def test_trouble_in_a_channel_is_told_once_to_who_set_it_up(
    bot: RunningBot, ada: Person, channel: Chat, clock
) -> None:
    for topic in ("protein-design", "climate-emulation"):
        await ada.send_text(f"/channel @lab_papers subscribe {topic} 10:00")
    channel.bot_posts = False
    clock.set("2026-11-24 10:00")
    assert (await bot.deliver()).not_sent == 1  # both in one message
    clock.set("2026-11-25 10:00")
    await bot.deliver()
    told = [message.text for message in ada.chat.messages if "No more digests" in message.text]
    assert len(told) == 1
    assert "Need administrator rights" in told[0]
    found = await find_subscriber(bot, channel)
    assert found
    assert "Need administrator rights" in found.pause_reason
    channel.members[BOT_ID] = "member"
    channel.bot_posts = True
    await ada.add_bot(channel, "administrator")  # she mends it, and it goes on by itself
    await wait_until_paused(bot, channel, "")


async def test_a_pause_that_was_asked_for_stays_when_the_bot_comes_back(
    bot: RunningBot, ada: Person, group: Chat
) -> None:
    await ada.send_text("/subscribe protein-design", group)
    await ada.send_text("/pause", group)
    await ada.remove_bot(group)
    await ada.add_bot(group)
    await ada.api.wait_until(lambda: "Good morning" in group.messages[-1].text)
    await wait_until_paused(bot, group, "by request")


async def test_what_was_asked_of_a_member_is_asked_again_after_a_minute(
    bot: RunningBot, api: BotApi, bob: Person, group: Chat
) -> None:
    now = [0.0]
    async with Bot(TOKEN, base_url=f"{api.url}/bot", request=AiohttpRequest(1)) as plain:
        members = ChatPermissions(plain, lambda: now[0])
        assert not await members.is_moderator(str(group.id), bob.id)
        group.members[bob.id] = "administrator"
        now[0] = 59.0
        assert not await members.is_moderator(str(group.id), bob.id)
        now[0] = 61.0
        assert await members.is_moderator(str(group.id), bob.id)
        assert not await members.is_moderator("-100123456", bob.id)  # no such chat
