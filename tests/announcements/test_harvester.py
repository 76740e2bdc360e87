"""Each day's announcements arrive whole and once, whatever arXiv does meanwhile."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

import digestbot.builder.sources.arxiv
from digestbot.announcements import harvester
from digestbot.core.follows.follow_service import FollowService
from digestbot.core.subscriptions import SubscriptionService
from digestbot.domain.arxiv.announcement import AnnouncementKind, DayState, PaperCount
from digestbot.domain.digest import Digest
from digestbot.domain.subscription import Address, Preferences
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from tests.announcements.arxiv import CROSS, NEW, REPLACED, AnnouncingServer
from tests.announcements.conftest import MONDAY, TUESDAY, MakeHarvester
from tests.builder.archive import Submission, days_ago
from tests.factories import make_entry
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import wait_until

WEDNESDAY = date(2026, 11, 25)


def make_papers(count: int, start: int = 1, *categories: str) -> list[Submission]:
    return [
        Submission(f"2611.{number:05}", f"Paper {number}", categories=categories or ("cs.CV",))
        for number in range(start, start + count)
    ]


async def get_state(store: Store, day: date = TUESDAY) -> DayState | None:
    found = await store.announcements.get_day(day)
    return found.state if found else None


async def test_a_day_is_complete_when_all_that_its_listings_count_is_there(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester, matched: list[date]
) -> None:
    vision, theory, crossed = make_papers(5), make_papers(2, 10, "hep-th"), make_papers(1, 20, "math.AG", "cs.CG")
    old = Submission("2401.00001", "Old and new", version=3, published=days_ago(700), updated=days_ago(2))
    arxiv.announce(TUESDAY, *vision, *theory, *crossed)
    arxiv.announce(TUESDAY, old, kind=REPLACED)
    arxiv.touched = [Submission("1901.00001", "Merely touched", published=days_ago(2000))]
    assert await make_harvester("cs", "math", "hep-th").harvest_due() == 1
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert (found.state, found.problem) == (DayState.COMPLETE, "")
    assert found.archives == {"cs": PaperCount(7, 7), "math": PaperCount(1, 1), "hep-th": PaperCount(2, 2)}
    stored = {item.announced.paper.arxiv_id: item.announced for item in await store.announcements.list_papers(TUESDAY)}
    assert len(stored) == 9
    assert stored["2611.00020"].kind is NEW  # in math; a cross-list in cs
    assert stored["2611.00020"].categories == ("math.AG", "cs.CG")
    assert (stored["2401.00001"].kind, stored["2401.00001"].paper.version) == (REPLACED, 3)
    assert stored["2401.00001"].submitted_at == days_ago(700)
    assert matched[0] == TUESDAY


async def test_nothing_is_asked_again_of_a_day_that_is_complete(
    arxiv: AnnouncingServer, clock: ManualClock, make_harvester: MakeHarvester, matched: list[date]
) -> None:
    arxiv.announce(TUESDAY, *make_papers(1))
    await make_harvester().harvest_due()
    arxiv.asked.clear()
    for _ in range(3):
        clock.advance(hours=3)
        assert await make_harvester().harvest_due() == 0
    assert arxiv.asked == []
    assert matched.count(TUESDAY) == 1


async def test_the_first_start_takes_the_newest_day_first_and_then_those_of_a_week(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester
) -> None:
    await store.announcements.delete_before(date.max)
    for number in range(20):
        day = TUESDAY - timedelta(days=number)
        if day.weekday() < 5:
            arxiv.announce(day, Submission(f"2611.{number:05}"))
    assert await make_harvester().harvest_due() == 5
    days = [day.day for day in await store.announcements.list_days()]
    assert days == [date(2026, 11, number) for number in (24, 23, 20, 19, 18)]
    assert [asked.partition("?")[0] for asked in arxiv.asked][:2] == ["/list/cs/new", "/oai"]
    assert len(arxiv.list_asked("/list")) == 1
    assert len(arxiv.list_asked("/catchup")) == 4


async def test_days_that_were_missed_are_made_up_for_two_weeks(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester, matched: list[date]
) -> None:
    arxiv.announce(TUESDAY, *make_papers(1))
    await make_harvester().harvest_due()
    for number in range(1, 31):
        day = TUESDAY + timedelta(days=number)
        if day.weekday() < 5:
            arxiv.announce(day, Submission(f"2612.{number:05}"))
    clock.set("2026-12-24 09:00")
    await make_harvester().harvest_due()
    days = [day.day for day in await store.announcements.list_days(WEDNESDAY)]
    last = [date(2026, 12, 24) - timedelta(days=number) for number in range(15)]
    assert days == [day for day in last if day.weekday() < 5]
    assert all([await get_state(store, day) is DayState.COMPLETE for day in days])
    assert set(days) <= set(matched)
    assert len(arxiv.list_asked("/oai")) < 2 * len(days)  # one list for all of them


async def test_a_weekend_is_quiet_and_nothing_is_asked(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(date(2026, 11, 27), *make_papers(1))
    clock.set("2026-11-27 03:00")
    await make_harvester().harvest_due()
    arxiv.asked.clear()
    for moment in ("2026-11-28 03:00", "2026-11-29 12:00", "2026-11-30 01:00"):
        clock.set(moment)
        assert await make_harvester().harvest_due() == 0
    assert arxiv.asked == []
    arxiv.announce(date(2026, 11, 30), *make_papers(1, 5))
    clock.set("2026-11-30 01:31")
    assert await make_harvester().harvest_due() == 1


async def test_a_holiday_is_quiet_once_the_next_day_is_announced(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester, admin: RecordingPlatform
) -> None:
    thanksgiving, friday, monday = (date(2026, 11, number) for number in (26, 27, 30))
    arxiv.announce(thanksgiving, *make_papers(1))
    clock.set("2026-11-26 03:00")
    await make_harvester().harvest_due()
    for hours in range(2, 24, 7):
        clock.set(f"2026-11-27 {hours:02}:40")
        await make_harvester().harvest_due()
    assert await get_state(store, friday) is DayState.OPEN
    assert admin.sent == []  # nothing unusual
    arxiv.announce(monday, *make_papers(1, 5))
    clock.set("2026-11-30 02:00")
    await make_harvester().harvest_due()
    assert await get_state(store, friday) is DayState.QUIET
    assert await get_state(store, monday) is DayState.COMPLETE


async def test_a_day_that_arxiv_announces_late_is_told_and_arrives(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester, admin: RecordingPlatform
) -> None:
    arxiv.announce(MONDAY, *make_papers(2))
    await make_harvester("cs", "math", "physics", "hep-th").harvest_due()
    assert await get_state(store) is DayState.OPEN
    assert len(arxiv.list_asked("/list")) == 3  # the others are no further
    clock.advance(hours=5)
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.state is DayState.LATE
    assert "arXiv's newest listing of cs is of 2026-11-23" in found.problem
    (alert,) = [repr(card) for _, card in admin.sent]
    assert "announcements of 2026-11-24 are late" in alert
    arxiv.announce(TUESDAY, *make_papers(3, 10))
    clock.advance(hours=1)
    assert await make_harvester().harvest_due() == 1
    assert await get_state(store) is DayState.COMPLETE
    assert len(admin.sent) == 2  # and that it is over


async def test_a_listing_that_is_stale_for_one_archive_is_no_quiet_day_there(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(MONDAY, *make_papers(4))
    arxiv.announce(TUESDAY, *make_papers(2, 10), *make_papers(2, 20, "hep-th"))
    arxiv.stale["cs"] = MONDAY
    await make_harvester("cs", "hep-th").harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.state is DayState.OPEN
    assert found.archives["hep-th"] == PaperCount(2, 2)  # what is there is there
    assert "cs" not in found.archives
    arxiv.stale.clear()
    arxiv.asked.clear()
    clock.advance(minutes=25)
    assert await make_harvester("cs", "hep-th").harvest_due() == 1
    assert [asked.partition("?")[0] for asked in arxiv.list_asked("/list")] == ["/list/cs/new"]
    assert len(await store.announcements.list_papers(TUESDAY)) == 4


async def test_an_archive_without_a_paper_is_believed_only_after_a_while(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(2))
    await make_harvester("cs", "econ").harvest_due()
    assert await get_state(store) is DayState.OPEN
    clock.advance(hours=2)
    await make_harvester("cs", "econ").harvest_due()
    assert await get_state(store) is DayState.COMPLETE


async def test_a_listing_that_lists_less_than_it_counts_is_broken_and_no_small_day(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester, admin: RecordingPlatform
) -> None:
    arxiv.announce(TUESDAY, *make_papers(3))
    arxiv.half.add("cs")
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.state is DayState.BROKEN
    assert "shows 3 papers of a section, and lists 2" in found.problem
    assert admin.sent == []  # once may be chance
    clock.advance(hours=1)
    await make_harvester().harvest_due()
    assert "cannot be read" in repr(admin.sent[0][1])
    arxiv.half.clear()
    clock.advance(hours=1)
    await make_harvester().harvest_due()
    assert await get_state(store) is DayState.COMPLETE
    assert len(admin.sent) == 2


async def test_a_listing_whose_form_has_changed_is_broken(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(3))
    arxiv.files["/list/cs/new"] = b"<html><body><h3>Fresh papers</h3></body></html>", "text/html"
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert (found.state, found.problem) == (
        DayState.BROKEN,
        "arXiv's listing of cs cannot be read: it does not say of which day it is",
    )


async def test_what_oai_pmh_does_not_have_yet_is_waited_for_and_then_looked_up(
    arxiv: AnnouncingServer,
    store: Store,
    clock: ManualClock,
    make_harvester: MakeHarvester,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(harvester, "_FEW_PAPERS", 4)
    monkeypatch.setattr(digestbot.builder.sources.arxiv, "IDS_PER_REQUEST", 4)
    arxiv.announce(TUESDAY, *make_papers(7))
    arxiv.untouched = {paper.number for paper in arxiv.papers}
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.problem == "7 of 7 listed papers are missing"
    assert arxiv.list_asked("/api") == []
    clock.advance(hours=2)
    await make_harvester().harvest_due()
    assert await get_state(store) is DayState.COMPLETE
    assert len(arxiv.list_asked("/api")) == 2  # many a request


async def test_a_few_gaps_are_filled_at_once_and_without_the_api_one_by_one(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(6))
    arxiv.untouched = {"2611.00002", "2611.00005"}
    await make_harvester(api=False).harvest_due()
    assert await get_state(store) is DayState.COMPLETE
    assert sum("GetRecord" in asked for asked in arxiv.asked) == 2


@pytest.mark.parametrize("doors", [{"oai": False}, {"api": False}])
async def test_one_door_is_enough(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester, doors: dict[str, bool]
) -> None:
    arxiv.announce(TUESDAY, *make_papers(6))
    await make_harvester(**doors).harvest_due()
    assert await get_state(store) is DayState.COMPLETE


async def test_a_paper_that_arxiv_lists_and_has_not_holds_the_day_up_for_a_day_only(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(3))
    arxiv.papers = arxiv.papers[1:]
    arxiv.untouched = {"2611.00001"}
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.problem == "1 of 3 listed papers are missing"
    clock.advance(hours=25)
    arxiv.shown = WEDNESDAY
    await make_harvester().harvest_due()
    assert await get_state(store) is DayState.COMPLETE
    assert len(await store.announcements.list_papers(TUESDAY)) == 2


@pytest.mark.parametrize("path", ["/list", "/oai"])
@pytest.mark.parametrize("fault", ["429:5000", "reset"])
async def test_a_day_survives_what_arxiv_refuses(
    arxiv: AnnouncingServer,
    store: Store,
    clock: ManualClock,
    make_harvester: MakeHarvester,
    path: str,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arxiv.announce(TUESDAY, *make_papers(6))
    arxiv.fail_next(path, *[fault] * 9)
    await make_harvester(api=False).harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.state is DayState.OPEN
    assert "cannot be read now" in found.problem
    arxiv.faults.clear()
    arxiv.url = arxiv.url.replace("127.0.0.1", "localhost")  # which did not ask to be left alone
    clock.advance(hours=2)
    if path == "/oai":
        arxiv.url = arxiv.url.replace("localhost", "127.0.0.1")
        monkeypatch.setattr(AnnouncingServer, "oai", property(lambda own: f"{own.url}/oai"))
    assert await make_harvester(api=False).harvest_due() >= 1
    assert await get_state(store) is DayState.COMPLETE


@pytest.mark.parametrize(
    ("old", "new"),
    [("GMT", "-0000"), ('version="v1"', f'version="v{"9" * 20}"'), (" 2026 ", " 9999 "), ("cs.CV", "x" * 30_000)],
)
async def test_a_record_that_is_nonsense_stops_no_other(
    arxiv: AnnouncingServer,
    store: Store,
    make_harvester: MakeHarvester,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
) -> None:
    arxiv.announce(TUESDAY, *make_papers(5))
    render = arxiv.render_records
    monkeypatch.setattr(arxiv, "render_records", lambda query: render(query).replace(old, new, 1))
    await make_harvester().harvest_due()
    assert await get_state(store) is DayState.COMPLETE
    assert len(await store.announcements.list_papers(TUESDAY)) == 5


async def test_what_cannot_be_stored_is_tried_again_only_after_a_while(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(5))
    async with store.database.write() as connection:
        full = "CREATE TRIGGER full BEFORE INSERT ON papers BEGIN SELECT RAISE(ABORT, 'it is full'); END"
        await connection.execute(text(full))
    for _ in range(3):
        assert await make_harvester().harvest_due() == 0
        clock.advance(seconds=30)
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.state is DayState.OPEN
    assert "5 of 5 listed papers are missing; what was found cannot be stored" in found.problem
    asked = len(arxiv.asked)
    assert len(arxiv.list_asked("/list")) == 1
    async with store.database.write() as connection:
        await connection.execute(text("DROP TRIGGER full"))
    clock.advance(minutes=20)
    assert await make_harvester().harvest_due() == 1
    assert len(arxiv.list_asked("/list")) == 1  # what was read of the day was kept
    assert len(arxiv.asked) > asked


async def test_while_the_database_is_away_waits_grow(store: Store, make_harvester: MakeHarvester) -> None:
    async with store.database.write() as connection:
        await connection.execute(text("ALTER TABLE announcement_days RENAME TO away"))
    with capture_logs() as logs:
        running = asyncio.create_task(make_harvester().run(0.001))
        await wait_until(lambda: len(logs) >= 4)
        running.cancel()
    waits = [line["again_in_seconds"] for line in logs if line["event"] == "harvest_failed"]
    assert waits[:4] == [0.002, 0.004, 0.008, 0.016]


async def test_half_pages_are_asked_for_again(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(6))
    arxiv.fail_next("/list", "cut")
    arxiv.fail_next("/oai", "cut", "503")
    await make_harvester().harvest_due()
    assert await get_state(store) is DayState.COMPLETE


async def test_a_harvest_that_was_killed_goes_on_where_it_was(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(20))
    arxiv.fail_next("/oai", "", "", *["404"] * 9)  # two pages, and then nothing any more
    await make_harvester("cs", "math", api=False).harvest_due()
    assert len(await store.announcements.list_papers(TUESDAY)) == 8
    arxiv.faults.clear()
    arxiv.asked.clear()
    clock.advance(hours=1)
    await make_harvester("cs", "math", api=False).harvest_due()
    asked = [asked for asked in arxiv.list_asked("/oai") if "resumptionToken" in asked]
    assert arxiv.list_asked("/oai")[0].endswith("8")  # from the third page on
    assert len(asked) == 3
    assert [path for path in arxiv.list_asked("/list") if "/cs/" in path] == []


async def test_a_place_in_a_list_that_arxiv_forgot_begins_it_anew(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    arxiv.announce(TUESDAY, *make_papers(20))
    arxiv.fail_next("/oai", "", "", *["404"] * 9)
    await make_harvester(api=False).harvest_due()
    arxiv.faults.clear()
    arxiv.expired = True
    clock.advance(hours=1)
    await make_harvester(api=False).harvest_due()
    assert await get_state(store) is DayState.COMPLETE


async def test_a_day_that_was_not_matched_before_a_kill_is_matched_at_the_next_start(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester, matched: list[date]
) -> None:
    arxiv.announce(TUESDAY, *make_papers(1))
    killed = make_harvester()
    killed._match_day = None  # before it came to that
    await killed.harvest_due()
    assert matched == []
    await make_harvester().harvest_due()
    assert TUESDAY in matched


async def test_a_paper_that_is_announced_twice_is_in_both_days_and_once_in_the_archive(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    paper = Submission("2611.00001", "First", categories=("cs.CV",))
    arxiv.announce(TUESDAY, paper)
    await make_harvester("cs", "math").harvest_due()
    crossed = Submission("2611.00001", "First", categories=("cs.CV", "math.OC"))
    arxiv.announce(WEDNESDAY, crossed, kind=CROSS)
    clock.set("2026-11-25 02:00")
    await make_harvester("cs", "math").harvest_due()
    clock.advance(hours=2)
    await make_harvester("cs", "math").harvest_due()
    first, second = [(await store.announcements.list_papers(day))[0] for day in (TUESDAY, WEDNESDAY)]
    assert first.paper_id == second.paper_id
    assert (first.announced.kind, second.announced.kind) == (NEW, CROSS)
    assert second.announced.categories == ("cs.CV", "math.OC")
    assert await store.announcements.count_papers() == 1


async def test_a_withdrawn_paper_counts_and_is_not_shown(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester
) -> None:
    gone = Submission("2610.00001", "Wrong", version=2, comment="This paper has been withdrawn by the authors")
    arxiv.announce(TUESDAY, gone, kind=REPLACED)
    arxiv.announce(TUESDAY, *make_papers(1))
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert (found.state, found.archives["cs"]) == (DayState.COMPLETE, PaperCount(2, 2))
    assert [item.announced.paper.arxiv_id for item in await store.announcements.list_papers(TUESDAY)] == ["2611.00001"]


async def test_a_replacement_brings_the_newer_version_to_what_a_digest_shows(
    arxiv: AnnouncingServer, store: Store, make_harvester: MakeHarvester, clock: ManualClock
) -> None:
    shown = Digest("Topic A", MONDAY, (make_entry("2611.00001", title="As it was"),))
    await store.digests.save_pages([(PageKey("file:1", "x", {}), [shown])], clock.now())
    arxiv.announce(TUESDAY, Submission("2611.00001", "As it is", version=2), kind=REPLACED)
    await make_harvester().harvest_due()
    entry = await store.digests.get_paper("2611.00001")
    assert entry
    assert (entry.entry.paper.title, entry.entry.paper.version) == ("As it is", 2)


async def test_archives_that_a_follow_names_are_harvested_beside_those_of_the_setting(
    arxiv: AnnouncingServer, store: Store, clock: ManualClock, make_harvester: MakeHarvester
) -> None:
    subscriptions = SubscriptionService(store, clock, Preferences(), FollowService(store, clock))
    reader = await store.subscribers.get_or_create(Address("console", "1"), Preferences())
    for expression in ("cat:q-bio.BM protein", "-cat:astro-ph.CO cat:made-up", "cat:hep-th"):
        topic = await store.follows.get_or_create(expression)
        if "hep-th" not in expression:  # which nobody follows any more
            await subscriptions.subscribe(reader, topic, None)
    assert await store.announcements.list_followed_archives() == {"q-bio", "astro-ph", "made-up"}
    arxiv.announce(TUESDAY, *make_papers(1), *make_papers(1, 5, "q-bio.BM"), *make_papers(1, 6, "astro-ph.CO"))
    await make_harvester().harvest_due()
    found = await store.announcements.get_day(TUESDAY)
    assert found
    assert found.archives == dict.fromkeys(("cs", "astro-ph", "q-bio"), PaperCount(1, 1))


def test_every_kind_has_its_section() -> None:
    assert set(AnnouncementKind) == {NEW, CROSS, REPLACED}
