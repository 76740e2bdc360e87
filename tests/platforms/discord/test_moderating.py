"""What channels receive: who may say so, where, and what the bot needs."""

from __future__ import annotations

import discord
import pytest

from tests.platforms.discord import message_view
from tests.platforms.discord.conftest import SimulatedServer

DENIED = discord.PermissionOverwrite


async def test_a_moderator_subscribes_a_channel_and_it_gets_its_digest_once(server: SimulatedServer, clock) -> None:
    done = await server.mod.slash(server.papers, "subscribe", topic="protein-design", time="10:00")
    assert done.ephemeral
    assert "Subscribed: Protein Design" in message_view.get_text(done.response)
    clock.set("2026-11-24 10:00")
    assert (await server.deliver()).sent == 1
    assert (await server.deliver()).sent == 0
    (message,) = server.papers.history()
    assert message_view.get_heading(message).startswith("Protein Design · Mon 23 Nov · ")
    assert "AI summaries" in message_view.get_text(message)


@pytest.mark.parametrize("may", ["manage_channels", "manage_guild", "administrator"])
async def test_who_manages_the_channel_or_the_server_may_set_it_up(server: SimulatedServer, may: str) -> None:
    role = server.guild.create_role(may, permissions=discord.Permissions(**{may: True}))
    someone = server.guild.add_member(server.env.create_user(may), roles=[role])
    await someone.slash(server.papers, "subscribe", topic="protein-design")
    assert await server.list_topics(server.papers) == ["protein-design"]


async def test_a_member_may_not_and_is_told_who_may_and_what_they_can_do(server: SimulatedServer) -> None:
    refused = await server.ada.slash(server.papers, "subscribe", topic="protein-design")
    assert refused.ephemeral
    assert "“Manage Channels” or “Manage Server”" in message_view.get_text(refused.response)
    assert "#papers" in message_view.get_text(refused.response)
    assert "send me a direct message" in message_view.get_text(refused.response)
    assert await server.list_topics(server.papers) == []


async def test_a_servers_subscriptions_are_told_by_channel_and_ended_by_moderators(server: SimulatedServer) -> None:
    news, shut = server.guild.create_text_channel("news"), server.guild.create_text_channel("shut")
    assert "No channel of this server" in message_view.get_text(
        (await server.ada.slash(server.papers, "subscriptions")).response
    )
    for channel, topic in ((news, "protein-design"), (shut, "climate-emulation"), (server.papers, "具身智能")):
        await server.mod.slash(server.papers, "subscribe", topic=topic, channel=channel)
    await server.mod.slash(server.papers, "pause", channel=shut)
    shown = (await server.mod.slash(server.papers, "subscriptions")).response
    text = message_view.get_text(shown)
    assert text.startswith("## What this server’s channels receive")
    places = [text.index(part) for part in ("### #papers", "具身智能", "### #news", "Protein Design", "### #shut")]
    assert places == sorted(places)
    assert "Deliveries are paused" in text[places[-1] :]
    assert text.count("08:00 (UTC), every day") == 3
    await server.tap(server.mod, shown, "Unsubscribe from Protein Design")
    assert await server.list_topics(news) == []
    shown = (await server.mod.slash(server.papers, "subscriptions")).response
    await server.tap(server.mod, shown, "Resume #shut")
    member = (await server.ada.slash(server.papers, "subscriptions")).response
    assert "Deliveries are paused" not in message_view.get_text(member)
    buttons = ("Unsubscribe", "Resume", "Send a test")
    assert not [label for label in message_view.list_labels(member) if label.startswith(buttons)]
    one = message_view.get_text((await server.ada.slash(server.papers, "subscriptions", channel=news)).response)
    assert "#news receives nothing yet" in one


async def test_a_members_data_is_theirs_to_delete_and_a_channels_its_moderators(server: SimulatedServer) -> None:
    await server.mod.slash(server.papers, "subscribe", topic="protein-design")
    await server.ada.slash(server.papers, "save", paper="2611.90112")
    asked = await server.ada.slash(server.papers, "forgetme")
    assert "stored about you: 0 subscriptions, 0 deliveries, 1 saved" in message_view.get_text(asked.response)
    await server.tap(server.ada, asked.response, "Yes, delete everything")
    assert "no saved papers" in message_view.get_text((await server.ada.slash(server.papers, "saved")).response)
    refused = await server.ada.slash(server.papers, "forget-channel")
    assert "“Manage Channels”" in message_view.get_text(refused.response)
    assert await server.list_topics(server.papers) == ["protein-design"]
    asked = await server.mod.slash(server.papers, "forget-channel")
    assert "stored about #papers: 1 subscription, " in message_view.get_text(asked.response)
    await server.tap(server.mod, asked.response, "Yes, delete everything")
    assert await server.list_topics(server.papers) == []


async def test_answers_are_for_who_asks_until_a_moderator_wants_them_for_all(server: SimulatedServer) -> None:
    found = await server.ada.slash(server.papers, "search", words="antibody loops")
    assert found.ephemeral
    assert not server.papers.history()
    opened = await server.ada.slash(server.papers, "paper", paper="1")
    assert message_view.get_heading(opened.response).startswith("[LoopSmith")
    nothing = await server.mod.slash(server.papers, "paper", paper="1")
    assert "no list was shown here yet" in message_view.get_text(nothing.response)
    await server.tap(server.ada, found.response, "Share")
    (shared,) = server.papers.history()
    assert message_view.get_heading(shared) == "“antibody loops”"
    assert "Share" not in message_view.list_labels(shared)
    opened = await server.mod.slash(server.papers, "paper", paper="1")
    assert message_view.get_heading(opened.response).startswith("[LoopSmith")
    refused = await server.ada.slash(server.papers, "settings", name="answers", value="public")
    assert "“Manage Channels”" in message_view.get_text(refused.response)
    changed = await server.mod.slash(server.papers, "settings", name="answers", value="public")
    assert "Answers: for everybody." in message_view.get_text(changed.response)
    assert not (await server.ada.slash(server.papers, "latest", topic="protein-design")).ephemeral
    await server.tap(server.mod, changed.response, "Undo")
    assert (await server.ada.slash(server.papers, "latest", topic="protein-design")).ephemeral


async def test_help_is_rendered_and_names_what_discord_has(server: SimulatedServer) -> None:
    for word in ({}, {"command": "all"}, {"command": "forget-channel"}):
        text = message_view.get_text((await server.ada.slash(server.papers, "help", **word)).response)
        assert "****" not in text
        assert "/start" not in text
    everything = message_view.get_text((await server.ada.slash(server.papers, "help", command="all")).response)
    assert "**`/forget-channel`**" in everything
    assert "`/subscribe` TOPIC" in everything


async def test_another_channel_is_set_up_from_here_and_its_buttons_act_on_it(server: SimulatedServer) -> None:
    news = server.guild.create_text_channel("news")
    done = await server.mod.slash(server.papers, "subscribe", topic="protein-design", channel=news)
    assert await server.list_topics(news) == ["protein-design"]
    assert await server.list_topics(server.papers) == []
    await server.tap(server.mod, done.response, "Undo")
    assert await server.list_topics(news) == []


async def test_what_the_bot_lacks_is_named_when_a_channel_is_set_up(server: SimulatedServer) -> None:
    me = server.guild.me
    assert me
    shut = server.guild.create_text_channel("shut", overwrites={me: DENIED(send_messages=False)})
    done = await server.mod.slash(server.papers, "subscribe", topic="protein-design", channel=shut)
    assert "I cannot post in #shut yet. Allow me “Send Messages” in its settings" in message_view.get_text(
        done.response
    )
    dark = server.guild.create_text_channel("dark", overwrites={me: DENIED(view_channel=False)})
    done = await server.mod.slash(server.papers, "subscribe", topic="protein-design", channel=dark)
    assert "“View Channel”" in message_view.get_text(done.response)
    flat = server.guild.create_text_channel("flat", overwrites={me: DENIED(create_public_threads=False)})
    await server.mod.slash(server.papers, "subscribe", topic="protein-design", channel=flat)
    done = await server.mod.slash(server.papers, "settings", name="posts", value="threads", channel=flat)
    assert "Allow me “Create Public Threads”" in message_view.get_text(done.response)
    assert [await server.list_topics(one) for one in (shut, dark, flat)] == [[], [], ["protein-design"]]


async def test_a_forum_gets_a_post_a_digest_with_its_tag_and_a_message_a_paper(server: SimulatedServer, clock) -> None:
    forum = server.guild.create_forum_channel("reading-group")
    await server.mod.slash(server.papers, "subscribe", topic="protein-design", time="10:00", channel=forum)
    clock.set("2026-11-24 10:00")
    assert (await server.deliver()).sent == 1
    (post,) = forum.threads
    assert post.name == "Protein Design · 2026-11-23"
    contents, *papers = post.history()
    assert "LoopSmith" in message_view.get_text(contents)
    assert [message_view.get_heading(paper)[:10] for paper in papers] == ["[LoopSmith", "[Thermosta", "[Does a Fo"]
    assert (await server.deliver()).sent == 0


async def test_a_thread_opens_under_the_digest_where_the_moderator_wants_one(server: SimulatedServer, clock) -> None:
    await server.mod.slash(server.papers, "subscribe", topic="protein-design", time="10:00")
    done = await server.mod.slash(server.papers, "settings", name="posts", value="threads")
    assert "with a discussion thread" in message_view.get_text(done.response)
    clock.set("2026-11-24 10:00")
    assert (await server.deliver()).sent == 1
    (thread,) = server.papers.threads
    assert thread.name == "Protein Design · 2026-11-23"
    assert len([message for message in thread.history() if message_view.get_components(message)]) == 3


async def test_an_announcement_is_published_where_the_moderator_asks(server: SimulatedServer, clock) -> None:
    news = server.guild.create_news_channel("news")
    await server.mod.slash(server.papers, "subscribe", topic="protein-design", time="10:00", channel=news)
    plain = await server.mod.slash(server.papers, "settings", name="publish", value="on")
    assert "has no effect here" in message_view.get_text(plain.response)
    await server.mod.slash(server.papers, "settings", name="publish", value="on", channel=news)
    clock.set("2026-11-24 10:00")
    assert (await server.deliver()).sent == 1
    (message,) = news.history()
    await server.wait_until(lambda: len(server.list_bodies(f"{message.id}/crosspost")) == 1)
    assert message.content == "Protein Design · Mon 23 Nov · 3 papers · LoopSmith"


async def test_threads_are_for_channels_of_messages_and_publishing_for_announcements(server: SimulatedServer) -> None:
    await server.open_thread(server.papers, "reading")
    (thread,) = server.papers.threads
    news, forum = server.guild.create_news_channel("news"), server.guild.create_forum_channel("forum")
    for channel, threads, publishes in (
        (server.papers, True, False),
        (news, True, True),
        (forum, False, False),
        (thread, False, False),
    ):
        for name, value, works in (("posts", "threads", threads), ("publish", "on", publishes)):
            where = {} if channel is thread else {"channel": channel}
            place = thread if channel is thread else server.papers
            done = await server.mod.slash(place, "settings", name=name, value=value, **where)
            assert ("has no effect here" in message_view.get_text(done.response)) is not works, (channel, name)


async def test_topics_are_switches_that_show_their_state(server: SimulatedServer) -> None:
    topics = await server.mod.slash(server.papers, "topics")
    assert set(message_view.list_labels(topics.response)) == {"Subscribe", "arXiv categories"}
    turned = await server.tap(server.mod, topics.response, "Subscribe", 1)
    assert topics.response
    assert turned.response.id == topics.response.id
    switches = ["Subscribe", "✓ Subscribed", "Subscribe", "Subscribe"]
    assert message_view.list_labels(turned.response) == [*switches, "arXiv categories"]
    assert await server.list_topics(server.papers) == ["protein-design"]
    refused = await server.tap(server.ada, (await server.ada.slash(server.papers, "topics")).response, "Subscribe")
    assert "“Manage Channels”" in message_view.get_text(refused.followups[0] if refused.followups else refused.response)


async def test_a_thread_can_be_subscribed_by_itself(server: SimulatedServer, clock) -> None:
    await server.open_thread(server.papers, "reading")
    (thread,) = server.papers.threads
    await server.mod.slash(thread, "subscribe", topic="protein-design", time="10:00")
    clock.set("2026-11-24 10:00")
    assert (await server.deliver()).sent == 1
    assert message_view.get_heading(thread.last_message).startswith("Protein Design · Mon 23 Nov · ")


async def test_a_server_with_many_channels_is_set_up_like_any_other(server: SimulatedServer) -> None:
    channels = [server.guild.create_text_channel(f"channel-{number}") for number in range(200)]
    await server.mod.slash(server.papers, "subscribe", topic="protein-design", channel=channels[-1])
    assert await server.list_topics(channels[-1]) == ["protein-design"]
    topics = await server.mod.slash(server.papers, "subscriptions", channel=channels[-1])
    assert "Protein Design" in message_view.get_text(topics.response)
