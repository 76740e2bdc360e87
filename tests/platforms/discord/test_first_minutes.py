"""The first ten minutes with the bot: a moderator sets up a server, and a member reads in it and in private."""

from __future__ import annotations

from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.conftest import SimulatedServer


async def test_a_moderators_first_minutes(server: SimulatedServer, clock: ManualClock) -> None:
    """Two channels, their times, an overview, a mistake undone, and the first morning."""
    news = server.guild.create_text_channel("news")
    topics = (await server.mod.slash(server.papers, "topics")).response
    assert "Protein Design" in message_view.get_text(topics)
    done = await server.mod.slash(server.papers, "subscribe", topic="protein-design", time="10am", days="weekdays")
    assert done.ephemeral
    assert "Subscribed: Protein Design" in message_view.get_text(done.response)
    there = await server.mod.slash(server.papers, "subscribe", topic="climate-emulation", channel=news)
    assert "#news" in message_view.get_text(there.response)
    changed = await server.mod.slash(server.papers, "settings", name="time", value="half past 9", channel=news)
    assert "09:30" in message_view.get_text(changed.response)

    refused = await server.ada.slash(server.papers, "unsubscribe", topic="protein-design")
    assert "“Manage Channels”" in message_view.get_text(refused.response)
    overview = message_view.get_text((await server.mod.slash(server.papers, "subscriptions")).response)
    assert overview.index("#papers") < overview.index("Protein Design")
    assert overview.index("#news") < overview.index("Climate Emulation")

    ended = await server.mod.slash(server.papers, "unsubscribe", topic="all")
    assert await server.list_topics(server.papers) == []
    await server.tap(server.mod, ended.response, "Undo")
    assert await server.list_topics(server.papers) == ["protein-design"]

    clock.set("2026-11-25 10:00")
    assert ((await server.deliver()).sent, (await server.deliver()).sent) == (2, 0)
    for channel, title in ((server.papers, "Protein Design"), (news, "Climate Emulation")):
        (message,) = channel.history()
        assert message_view.get_heading(message).startswith(f"{title} · ")


async def test_a_members_first_minutes(server: SimulatedServer, clock: ManualClock) -> None:
    """What a member looks at in a server is theirs alone, and what they keep goes with them."""
    helped = await server.ada.slash(server.papers, "help")
    assert helped.ephemeral
    latest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    assert latest.ephemeral
    opened = await server.open_paper(server.ada, latest.response)
    await server.tap(server.ada, opened.response, "Abstract")
    await server.tap(server.ada, opened.response, "Back")
    await server.tap(server.ada, opened.response, "Save")
    found = await server.ada.slash(server.papers, "paper", paper="look at https://arxiv.org/abs/2611.90112, great!")
    assert message_view.get_heading(found.response).startswith("[LoopSmith")
    saved = await server.ada.slash(server.papers, "saved")
    assert "LoopSmith" in message_view.get_text(saved.response)
    assert server.papers.history() == []
    wrong = await server.ada.slash(server.papers, "latest", topic="protien design")
    assert "Protein Design" in message_view.get_text(wrong.response)
    await server.tap(server.ada, latest.response, "Share")
    (shared,) = server.papers.history()
    assert message_view.get_heading(shared).startswith("[LoopSmith"), "what stands there now"
    asked = await server.ada.slash(server.papers, "forgetme")
    await server.tap(server.ada, asked.response, "Yes, delete everything")
    assert "no saved papers" in message_view.get_text((await server.ada.slash(server.papers, "saved")).response)
