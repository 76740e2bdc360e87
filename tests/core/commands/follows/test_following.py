"""Following: what is kept, listed, changed and ended."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from digestbot.announcements.day_matching import match_day
from digestbot.app import App, open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from digestbot.settings import Settings
from digestbot.store.tables import callback_tokens, topics
from tests.announced import announce, make_announced
from tests.core.commands.asking import list_commands, send_message, send_text
from tests.core.commands.followed import PAPERS, find, tap
from tests.fakes import ManualClock

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
OTHER = Address("console", "other")
NAMES = [f"Kerbl{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(40)]


async def test_a_follow_is_a_topic_that_its_chat_alone_knows(empty_app: App) -> None:
    await send_text(empty_app, '/follows add "neural radiance fields" OR nerf')
    for line in ("/subscribe nerf OR neural 9:30 fri", "/rename nerf OR radiance fields"):
        await send_text(empty_app, line)
    followed = await empty_app.subscriptions.list_for(await find(empty_app))
    slug = followed[0].topic.slug
    assert "renamed" not in (await send_text(empty_app, f"/rename {slug} Radiance"))[1]
    assert "Radiance" in (await send_text(empty_app, "/subscriptions"))[1]
    assert "Radiance" in (await send_text(empty_app, "/pause radiance 2 days"))[1]
    assert "09:15" in (await send_text(empty_app, "/subscribe Radiance 9:15 mon"))[1]
    assert "Nothing yet" in (await send_text(empty_app, "/latest radiance"))[1]
    for name in ("Radiance", slug, '"neural radiance field" OR nerf'):
        for command in ("latest", "subscribe", "digest", "unsubscribe"):
            card, words = await send_message(empty_app, IncomingMessage(OTHER, f"/{command} {name}", "en"))
            assert (card.ok, "Radiance" in words.replace(name, "")) == (False, False), (command, name)
    assert "Radiance" not in (await send_message(empty_app, IncomingMessage(OTHER, "/topics", "en")))[1]
    card, words = await send_text(empty_app, "/unsubscribe radiance")
    assert "Unsubscribed: Radiance" in words
    await send_text(empty_app, "/undo")
    _, words = await send_text(empty_app, "/follows radiance")
    assert ("09:15" in words, "paused until" in words) == (True, False)


@ON_SQLITE
async def test_a_follow_is_changed_with_buttons_and_keeps_when_it_comes(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    card, words = await send_text(empty_app, "/follows add gaus\x00sian\ud800 \u202esplats")
    assert card.ok, words
    [followed] = await empty_app.subscriptions.list_for(await find(empty_app))
    assert followed.label == "gaussian splats"


@ON_SQLITE
async def test_a_chat_has_as_many_follows_as_the_operator_allows(settings: Settings, clock: ManualClock) -> None:
    async with open_app(settings.model_copy(update={"max_follows": 2}), clock) as app:
        for line in ("/follows add nerf", "/subscribe cs.CV"):
            assert (await send_text(app, line))[0].ok
        card, words = await send_text(app, "/follows add splatting")
        assert (card.ok, "follows 2 things" in words) == (False, True)
        assert (await send_text(app, "/subscribe cs.CV 9:30"))[0].ok
        card, words = await send_text(app, "/import all; robots; vision")
        assert ("Following 0 more" in words, "follows 2 things" in words) == (True, True)


@ON_SQLITE
async def test_a_follow_that_begins_with_p_is_no_page(empty_app: App) -> None:
    await send_text(empty_app, "/follows add plasma")
    card, words = await send_text(empty_app, "/follows plasma")
    assert card.ok
    assert "plasma" in words
    assert (await send_text(empty_app, "/follows p1"))[0].ok


async def test_forgetting_leaves_nothing_of_what_was_followed(empty_app: App) -> None:
    await send_text(empty_app, "/follows add secret interest")
    await send_text(empty_app, "/mute another secret")
    await empty_app.store.callback_tokens.save({"a" * 16: "follow secret"}, empty_app.clock.now(), "console local")
    await send_message(empty_app, IncomingMessage(OTHER, "/follows add shared interest", "en"))
    await send_text(empty_app, "/follows add shared interest")
    await send_text(empty_app, "/forgetme yes")
    async with empty_app.store.database.read() as connection:
        left = (await connection.scalars(select(topics.c.expression))).all()
        tokens = await connection.scalar(select(func.count()).select_from(callback_tokens))
    assert (list(left), tokens) == (["interest shared"], 0)


@ON_SQLITE
async def test_what_is_followed_already_is_said_and_leaves_nothing_to_undo(empty_app: App) -> None:
    await send_text(empty_app, "/follows add nerf")
    card, words = await send_text(empty_app, "/follows add NeRFs")
    assert ("already" in words, [one for one in list_commands(card) if one.startswith("undo")]) == (True, [])
    await send_text(empty_app, "/subscribe cs.CV 9:30")
    for line in ("/subscribe cs.CV", "/subscribe cs.CV 9:30"):
        card, words = await send_text(empty_app, line)
        assert ("Subscribed already" in words, [one for one in list_commands(card) if "undo" in one]) == (True, []), (
            line
        )
    for topic in ("cs.CV", "nerf"):
        await send_text(empty_app, "/undo")
        left = [one.topic.title for one in await empty_app.subscriptions.list_for(await find(empty_app))]
        assert topic not in " ".join(left)


@ON_SQLITE
async def test_a_follow_is_edited_by_its_name_and_says_what_it_would_have_brought(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    await send_text(empty_app, "/follows add gaussian splatting")
    for line, says in (
        ("/follows edit gaussian splatting gaussian -dark", "“gaussian splatting” is now “gaussian -dark”. 2 papers"),
        ("/rename gaussian -dark Splats and more", "is called “Splats and more” here"),
        ("/我的关注 修改 splats and more author:Kerbl", "“Splats and more” is now “author:Kerbl”. 1 paper in"),
        ("/follows edit Splats and more", "Looks for: author:Kerbl"),
        ("/follows edit nothing of mine nerf", "Say which of your follows"),
        ("/subscribe splats and more 9:15", "Subscribed: Splats and more"),
    ):
        assert says in (await send_text(empty_app, line))[1], line


@ON_SQLITE
async def test_what_is_left_open_is_closed_in_the_name_too(empty_app: App) -> None:
    for text, name in (
        ('"gaussian splatting', '"gaussian splatting"'),
        ("nerf (slam OR “depth", "nerf (slam OR “depth”)"),
    ):
        card, words = await send_text(empty_app, f"/follow {text}")
        assert name in words
        await tap(empty_app, card, "follows add")
        assert name in (await send_text(empty_app, "/follows"))[1]


async def test_a_follow_that_prints_longer_than_what_may_be_typed_works_everywhere(empty_app: App) -> None:
    papers = [make_announced("2611.00001", "Splatting", authors=("Ada Kerblab",))]
    await announce(empty_app.store, "2026-11-23", papers)
    await send_text(empty_app, f"/follows add author:({','.join(NAMES)})")
    listed, _ = await send_text(empty_app, "/follows")
    card, words = await tap(empty_app, listed, "follows follow-")
    assert "1 paper in the last 7 days" in words
    await announce(empty_app.store, "2026-11-24", papers)
    assert await match_day(empty_app.store, date(2026, 11, 24), empty_app.clock.now()) == 1
    _, words = await tap(empty_app, card, "latest follow-")
    assert "author: Kerblab" in words
    assert "Kerblaa" in (await send_text(empty_app, "/paper 2611.00001"))[1]
    assert (await send_text(empty_app, "/follows less 2611.00001"))[0].buttons


async def test_a_follow_that_cannot_be_read_any_more_says_so_and_can_be_ended(empty_app: App) -> None:
    await announce(empty_app.store, "2026-11-23", PAPERS)
    await send_text(empty_app, "/follows add gaussian")
    await send_text(empty_app, "/follows add author:Wang")
    async with empty_app.store.database.write() as connection:
        await connection.execute(
            update(topics).values(expression="cat:nothing").where(topics.c.expression == "gaussian")
        )
    await announce(empty_app.store, "2026-11-24", PAPERS[1:2])
    assert await match_day(empty_app.store, date(2026, 11, 24), empty_app.clock.now()) == 1  # of the other one
    assert "Splatting" in (await send_text(empty_app, "/paper 2611.00002"))[1]
    listed, _ = await send_text(empty_app, "/follows")
    cards = [
        await send_text(empty_app, f"/{one}") for one in list_commands(listed) if one.startswith("follows follow-")
    ]
    card = next(card for card, words in cards if "cannot be read any more" in words)
    assert "unsubscribe" in list_commands(card)[0]
    await tap(empty_app, card, "unsubscribe")
    assert "gaussian" not in (await send_text(empty_app, "/follows"))[1]
