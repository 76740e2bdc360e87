"""What a follow brings when it is begun, changed or given back between a day's matching and its delivery."""

from __future__ import annotations

import asyncio
import re
from datetime import date, timedelta

import pytest

from digestbot.announcements.day_matching import match_day
from digestbot.app import App
from digestbot.core.answers.shown_lists import list_numbered_papers
from digestbot.core.delivery.planner import plan_deliveries
from digestbot.core.ports import IncomingMessage
from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementDay, DayState
from digestbot.domain.subscription import Address, Subscriber
from digestbot.store.deliveries.outbox import PlanningPolicy
from tests.announced import make_announced
from tests.fakes import ManualClock, RecordingPlatform

ADA, BOB = Address("console", "ada"), Address("console", "bob")
WEEK = (date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24))
"""A Friday, a Monday and a Tuesday."""


def make_papers(day: date) -> list[AnnouncedPaper]:
    """A paper of each word on a day, and one of both; its last digits are the day and the word."""
    titles = ("Splatting", "Robots", "Splatting robots")
    return [make_announced(f"2611.{day.day}00{number}", title, "cs.GR") for number, title in enumerate(titles)]


async def announce_day(app: App, clock: ManualClock, day: date, *, is_matched: bool = True) -> None:
    """What happens in the night: a day's papers are there at two, and are matched."""
    clock.set(f"{day} 02:00")
    await app.store.announcements.save_papers(day, make_papers(day))
    await app.store.announcements.save_day(
        AnnouncementDay(day, DayState.COMPLETE, clock.now(), completed_at=clock.now())
    )
    if is_matched:
        await match_day(app.store, day, clock.now())


async def say(app: App, line: str, address: Address = ADA) -> str:
    reply = await app.dispatcher.handle_message(IncomingMessage(address, line, "en"))
    assert reply.card.ok, line
    return str(reply.card)


async def deliver(app: App, clock: ManualClock, *moments: str) -> dict[str, list[str]]:
    """What each chat receives until then: the last digits of the papers of its messages."""
    got: dict[str, list[str]] = {}
    for moment in moments:
        platform = RecordingPlatform()
        clock.set(moment)
        await app.build_delivery_service([platform]).run_cycle()
        for address, card in platform.sent:
            papers = list_numbered_papers(card).values()
            got.setdefault(address.chat, []).extend(f"{one[-5:-3]}.{one[-1]}" for one in papers)
    return {chat: sorted(papers) for chat, papers in got.items()}


@pytest.fixture
async def app(empty_app: App, clock: ManualClock) -> App:
    """What arXiv announced from Friday to Monday is there; nobody follows anything yet."""
    for day in WEEK[:2]:
        await announce_day(empty_app, clock, day)
    clock.set("2026-11-23 12:00")
    return empty_app


@pytest.mark.parametrize("others", [[], ["/follows add splatting"]])
async def test_what_is_followed_before_breakfast_comes_with_it_and_nothing_older(
    app: App, clock: ManualClock, others: list[str]
) -> None:
    clock.set("2026-11-20 01:00")
    for line in others:
        await say(app, line, BOB)
    await deliver(app, clock, "2026-11-23 08:05")
    await announce_day(app, clock, WEEK[2])
    clock.set("2026-11-24 07:00")
    told = await say(app, "/follows add splatting")
    assert "at the earliest on Tue 24 Nov" in told
    assert (await deliver(app, clock, "2026-11-24 08:05"))["ada"] == ["24.0", "24.2"]
    assert await deliver(app, clock, "2026-11-25 08:05", "2026-11-26 08:05") == {}


@pytest.mark.parametrize("others", [[], ["/follows add splatting"]])
async def test_what_is_followed_after_it_comes_the_next_time_that_arxiv_announces(
    app: App, clock: ManualClock, others: list[str]
) -> None:
    for line in others:
        await say(app, line, BOB)
    await announce_day(app, clock, WEEK[2])
    clock.set("2026-11-24 10:00")
    assert "at the earliest on Wed 25 Nov" in await say(app, "/follows add splatting")
    assert "ada" not in await deliver(app, clock, "2026-11-25 08:05")
    await announce_day(app, clock, date(2026, 11, 26))
    assert (await deliver(app, clock, "2026-11-26 08:05"))["ada"] == ["26.0", "26.2"]


async def test_nobody_can_tell_whether_others_follow_the_same(empty_app: App, clock: ManualClock) -> None:
    days = (date(2026, 11, 3), date(2026, 11, 13), *WEEK)
    for day in days:
        await announce_day(empty_app, clock, day)
    alone = await _ask_all(empty_app, clock)
    clock.set("2026-11-02 12:00")
    await say(empty_app, "/follows add splatting", BOB)
    for day in days:
        clock.set(f"{day} 02:00")
        await match_day(empty_app.store, day, clock.now())
    (followed,) = await empty_app.store.followed_topics.list_followed((await find_bob(empty_app)).id)
    assert followed.digest_count == len(days)
    assert await _ask_all(empty_app, clock) == alone


async def find_bob(app: App) -> Subscriber:
    found = await app.subscriptions.find(BOB)
    assert found
    return found


async def _ask_all(app: App, clock: ManualClock) -> list[str]:
    """What somebody reads who follows something and looks at it in all ways, without what is different every time."""
    clock.set("2026-11-24 10:00")
    shows = ["/follows {}", "/latest {}", "/digest {} 2026-11-23", "/digest {} 2026-11-20", "/digest {} 2026-11-13"]
    lines = ["/follow {}", "/follows add {}", *shows, "/subscriptions", "/follows", "/topics", "/unsubscribe {}"]
    said = []
    for line in (*lines, "/follows add {}", "/follows edit {} robots", "/follows edit robots {}", *shows, "/forgetme"):
        message = IncomingMessage(ADA, line.format("splatting"), "en")
        said.append(str((await app.dispatcher.handle_message(message)).card))
    await say(app, "/forgetme yes")
    return [re.sub(r"undo [0-9a-f]+|sent-\d+", "", text) for text in said]


@pytest.mark.parametrize(
    ("lines", "papers"),
    [
        (["/follows edit splatting robots"], ["24.1", "24.2"]),
        (["/follows edit splatting robots", "/undo"], ["24.0", "24.2"]),
        (["/follows edit splatting robots", "/follows edit robots splatting OR robots"], ["24.0", "24.1", "24.2"]),
        (["/unsubscribe splatting", "/undo"], ["24.0", "24.2"]),
        (["/unsubscribe splatting", "/follows add splatting"], ["24.0", "24.2"]),
        (["/subscribe splatting 09:00", "/undo"], ["24.0", "24.2"]),
    ],
)
@pytest.mark.parametrize("is_planned", [False, True])
async def test_a_change_between_the_matching_and_the_delivery_loses_nothing_and_repeats_nothing(
    app: App, clock: ManualClock, lines: list[str], papers: list[str], is_planned: bool
) -> None:
    clock.set("2026-11-20 01:00")
    await say(app, "/follows add splatting")
    assert await deliver(app, clock, "2026-11-20 08:05", "2026-11-23 08:05") == {
        "ada": ["20.0", "20.2", "23.0", "23.2"]
    }
    await announce_day(app, clock, WEEK[2])
    clock.set("2026-11-24 07:55")
    if is_planned and "/follows add splatting" not in lines:
        clock.set("2026-11-24 08:00:00")
        await plan_deliveries(app.store, clock.now(), PlanningPolicy(timedelta(0)))
    for line in lines:
        await say(app, line)
        await app.follows.prune()
    assert await deliver(app, clock, "2026-11-24 08:05", "2026-11-25 08:05", "2026-11-26 08:05") == {"ada": papers}


async def test_what_was_matched_while_a_follow_was_given_up_comes_when_that_is_undone(
    app: App, clock: ManualClock
) -> None:
    clock.set("2026-11-23 12:00")
    await say(app, "/follows add splatting")
    clock.set("2026-11-24 01:00")
    await say(app, "/unsubscribe splatting")
    await announce_day(app, clock, WEEK[2])
    clock.set("2026-11-24 09:00")
    await say(app, "/undo")
    assert await deliver(app, clock, "2026-11-25 08:05", "2026-11-26 08:05") == {"ada": ["24.0", "24.2"]}


async def test_a_weekly_follow_that_is_changed_brings_what_it_would_have(app: App, clock: ManualClock) -> None:
    clock.set("2026-11-18 12:00")
    await say(app, "/follows add splatting")
    await say(app, "/subscribe splatting 08:00 wed")
    await announce_day(app, clock, WEEK[2])
    clock.set("2026-11-24 12:00")
    await say(app, "/follows edit splatting robots")
    wanted = ["20.1", "20.2", "23.1", "23.2", "24.1", "24.2"]
    assert await deliver(app, clock, "2026-11-25 08:05", "2026-11-26 08:05") == {"ada": wanted}


async def test_a_follow_that_is_begun_while_the_day_is_matched_is_matched_too(app: App, clock: ManualClock) -> None:
    await announce_day(app, clock, WEEK[2], is_matched=False)
    clock.set("2026-11-24 02:30")
    follows = [say(app, f"/follows add {words}") for words in ("splatting", "robots", "title:robots")]
    await asyncio.gather(match_day(app.store, WEEK[2], clock.now()), *follows)
    assert await deliver(app, clock, "2026-11-24 08:05") == {"ada": ["24.0", "24.1", "24.2"]}
