"""What arXiv announced last is there to read as soon as it is followed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digestbot.app import App
from digestbot.core.ports import IncomingMessage
from tests.announced import announce, make_announced
from tests.core.commands.asking import ADDRESS, list_commands, send_message, send_text
from tests.core.commands.followed import list_titles
from tests.fakes import ManualClock, RecordingPlatform

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
TUESDAY = [
    make_announced("2611.00001", "Splats that move", abstract="Scenes move. We present moving splats."),
    make_announced("2611.00002", "Nothing of the kind", "cs.CL"),
    make_announced("2611.00003", "Fields of light", abstract="A splat is a lot."),
    make_announced("2611.00004", "Robots that walk", "cs.RO"),
]


async def announce_week(app: App) -> None:
    await announce(app.store, "2026-11-23", [make_announced("2611.00009", "Walking on splats", "cs.RO")])
    await announce(app.store, "2026-11-24", TUESDAY)


async def test_what_is_followed_can_be_read_at_once_and_is_delivered_no_earlier(empty_app: App) -> None:
    await announce_week(empty_app)
    followed, _ = await send_text(empty_app, "/follows add splats")
    newest = next(one for one in list_commands(followed) if one.startswith("latest "))
    card, words = await send_text(empty_app, f"/{newest}")
    assert list_titles(card) == ["Splats that move", "Fields of light"]
    assert "We present moving splats." in words
    assert list_titles((await send_text(empty_app, "/latest"))[0]) == list_titles(card)
    assert "Fields of light" in (await send_text(empty_app, "2"))[1]
    earlier, _ = await send_text(empty_app, "/digest splats 2026-11-23")
    assert list_titles(earlier) == ["Walking on splats"]
    assert await empty_app.store.digests.list_topics() == []
    platform = RecordingPlatform()
    await empty_app.build_delivery_service([platform]).run_cycle()
    assert platform.sent == []


@ON_SQLITE
async def test_a_category_can_be_read_at_once_without_what_is_hidden(empty_app: App) -> None:
    await announce_week(empty_app)
    assert "does not receive yet" in (await send_text(empty_app, "/latest cs.CV"))[1]
    await send_text(empty_app, "/subscribe cs.CV")
    assert list_titles((await send_text(empty_app, "/latest cs.CV"))[0]) == ["Fields of light", "Splats that move"]
    assert "2 papers" in (await send_text(empty_app, "/filter cs.CV moving"))[1]
    assert list_titles((await send_text(empty_app, "/latest"))[0]) == ["Splats that move"]


@ON_SQLITE
@pytest.mark.parametrize(("language", "says"), [("en", "Nothing yet"), ("zh", "还没有")])
async def test_who_only_follows_is_told_of_no_operators_topics(empty_app: App, language: str, says: str) -> None:
    await announce_week(empty_app)
    await send_text(empty_app, "/follows add knitting", language)
    for line in ("/latest", "/latest knitting"):
        words = (await send_text(empty_app, line, language))[1]
        assert says in words
        assert "operator" not in words
        assert "管理员" not in words


@ON_SQLITE
async def test_several_follows_are_listed_with_the_day_that_there_is_one_of(empty_app: App) -> None:
    await announce_week(empty_app)
    for words in ("splats", "walking", "knitting"):
        await send_text(empty_app, f"/follows add {words}")
    card, words = await send_text(empty_app, "/latest")
    assert list_titles(card) == ["splats", "walking"]
    assert ("2026-11-24" in words, "2026-11-23" in words) == (True, True)


@ON_SQLITE
@pytest.mark.parametrize("bundle", ["on", "off"])
async def test_a_test_brings_what_the_next_delivery_would(empty_app: App, bundle: str) -> None:
    many = [make_announced(f"2611.10{number:03}", f"Network {number}", "cs.LG") for number in range(25)]
    await announce(empty_app.store, "2026-11-24", [*TUESDAY, *many])
    for line in ("/follows add splats", "/follows add cs.LG", "/follows add robots", "/subscribe robots 9:00"):
        await send_text(empty_app, line)
    await send_text(empty_app, f"/settings bundle {bundle}")
    platform = RecordingPlatform()
    message = replace(IncomingMessage(ADDRESS, "/test", "en"), sender=platform)
    assert "That was the test" in (await send_message(empty_app, message))[1]
    sent = [card for _, card in platform.sent]
    words = repr(sent)
    if bundle == "off":
        assert ("Splats that move" in words) != ("Network 24" in words)
        return
    assert ("Splats that move" in words, "Network 24" in words, "Robots that walk" in words) == (True, True, False)
    (more,) = (one for card in sent for one in list_commands(card) if one.startswith("latest sent-test"))
    card, _ = await send_text(empty_app, f"/{more}")
    assert len(list_titles(card)) == 7
    assert list_titles(card)[-1] in (await send_text(empty_app, "27"))[1]


@ON_SQLITE
@pytest.mark.parametrize(
    ("line", "language", "says"),
    [
        ("/subscribe cs.CV", "en", "at 08:00 (UTC), every day, whenever there are any: at the earliest on Mon 30"),
        ("/subscribe cs.CV 8:00 sat,sun,tue", "en", "at the earliest on Tue 1 Dec"),
        ("/follows add splats", "en", "whenever there are any: at the earliest on Mon 30 Nov"),
        ("/subscribe cs.CV", "zh", "最早为 11月30日 周一"),
        ("/subscribe cs.CV", "en", "about 2 papers a day"),
        ("/subscribe cs", "en", "about 64 papers a day. More than 50 a day"),
        ("/subscribe cs", "zh", "大约每天 64 篇"),
    ],
)
async def test_a_category_says_when_it_can_come_and_how_much_that_is(
    empty_app: App, clock: ManualClock, line: str, language: str, says: str
) -> None:
    """On a Friday, what comes next is announced in the night to Monday."""
    clock.set("2026-11-27 12:00")
    many = [make_announced(f"2611.10{number:03}", f"Network {number}", "cs.LG") for number in range(60)]
    await announce(empty_app.store, "2026-11-27", [*TUESDAY, *many])
    assert says in (await send_text(empty_app, line, language))[1]
    clock.set("2026-11-30 07:00")  # it was announced in the night, and is to come at eight
    if line == "/subscribe cs.CV":
        assert "2026-11-30 08:00" in (await send_text(empty_app, "/subscriptions", language))[1]
