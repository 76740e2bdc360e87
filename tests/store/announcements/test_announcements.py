"""What a day announced is kept: each paper at its newest version, until it is old and nobody needs it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementDay, AnnouncementKind, DayState, PaperCount
from digestbot.domain.digest import Digest
from digestbot.domain.paper import Paper
from digestbot.domain.papers.looked_up_paper import LookedUpPaper, PaperOrigin
from digestbot.domain.subscription import Address, Preferences
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey
from tests.factories import make_entry

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
NEW, CROSS, REPLACED = AnnouncementKind


def make_announced(
    number: str = "2611.00001",
    *,
    version: int = 1,
    kind: AnnouncementKind = NEW,
    title: str = "A paper",
    comment: str = "",
    licence: str = "",
) -> AnnouncedPaper:
    paper = Paper(number, version, title, ("Ada Moreno",), "We measure.", comment, licence=licence)
    return AnnouncedPaper(paper, ("cs.CV", "eess.IV"), datetime(2026, 11, 20, 12, tzinfo=UTC), kind)


async def test_what_was_stored_is_what_was_announced_and_saving_it_again_changes_nothing(store: Store) -> None:
    announced = [make_announced(f"2611.{number:05}") for number in range(1, 452)]
    for _ in range(2):
        await store.announcements.save_papers(TUESDAY, [*announced, announced[0]])
        assert [item.announced for item in await store.announcements.list_papers(TUESDAY)] == announced
    assert await store.announcements.count_papers() == 451
    assert await store.announcements.list_papers(MONDAY) == []
    assert await store.announcements.list_arxiv_ids(TUESDAY) == {item.paper.arxiv_id for item in announced}


async def test_papers_of_a_kind_are_listed_alone_and_their_kind_can_be_corrected(store: Store) -> None:
    papers = [make_announced("2611.00001"), make_announced("2611.00002", kind=CROSS)]
    await store.announcements.save_papers(TUESDAY, [*papers, make_announced("2611.00003", kind=REPLACED)])
    assert [item.announced for item in await store.announcements.list_papers(TUESDAY, [NEW, CROSS])] == papers
    await store.announcements.update_kinds(TUESDAY, {"2611.00002": NEW, "2611.00009": NEW})
    kinds = [item.announced.kind for item in await store.announcements.list_papers(TUESDAY)]
    assert kinds == [NEW, NEW, REPLACED]


async def test_a_newer_version_wins_whichever_comes_last_and_what_is_not_named_stays(store: Store) -> None:
    await store.announcements.save_papers(
        TUESDAY, [make_announced(version=2, title="Second", licence="https://l.example")]
    )
    await store.announcements.save_papers(MONDAY, [make_announced(version=1, title="First", kind=REPLACED)])
    (of_tuesday,), (of_monday,) = [await store.announcements.list_papers(day) for day in (TUESDAY, MONDAY)]
    assert of_tuesday.announced.paper == of_monday.announced.paper
    assert (of_monday.announced.paper.title, of_monday.announced.paper.licence) == ("Second", "https://l.example")
    assert await store.announcements.delete_before(TUESDAY) == 0  # it was announced on Tuesday last
    assert len(await store.announcements.list_papers(TUESDAY)) == 1


async def test_old_papers_go_unless_a_digest_shows_them_or_somebody_saved_them(store: Store) -> None:
    numbers = [f"2611.{number:05}" for number in range(1, 5)]
    await store.announcements.save_papers(MONDAY, [make_announced(number) for number in numbers[:3]])
    await store.announcements.save_papers(TUESDAY, [make_announced(numbers[3])])
    shown = Digest("Topic A", MONDAY, (make_entry(numbers[0]),))
    await store.digests.save_pages([(PageKey("file:1", "x", {}), [shown])], NOW)
    reader = await store.subscribers.get_or_create(Address("console", "1"), Preferences())
    ids = {item.announced.paper.arxiv_id: item.paper_id for item in await store.announcements.list_papers(MONDAY)}
    await store.saved_papers.save_paper(reader.id, ids[numbers[1]], NOW)
    await store.announcements.save_day(AnnouncementDay(MONDAY, DayState.COMPLETE, NOW))
    assert await store.announcements.delete_before(TUESDAY) == 1
    assert await store.announcements.count_papers() == 3
    assert await store.announcements.list_papers(MONDAY) == []
    assert await store.announcements.list_days() == []
    assert (await store.search.find("measure")).total == (await store.search.find("paper")).total
    assert await store.announcements.delete_before(TUESDAY) == 0


async def test_a_day_keeps_when_it_was_matched_and_tells_how_far_it_is(store: Store) -> None:
    day = AnnouncementDay(TUESDAY, DayState.OPEN, NOW, "half is missing", {"cs": PaperCount(2, 1)})
    await store.announcements.save_day(day)
    assert await store.announcements.get_day(TUESDAY) == day
    assert await store.announcements.get_day(MONDAY) is None
    assert await store.announcements.list_unmatched_days() == []
    complete = AnnouncementDay(TUESDAY, DayState.COMPLETE, NOW, "", {"cs": PaperCount(2, 2)}, NOW)
    await store.announcements.save_day(complete)
    await store.announcements.save_day(AnnouncementDay(MONDAY, DayState.COMPLETE, NOW))
    assert await store.announcements.list_unmatched_days() == [MONDAY, TUESDAY]
    await store.announcements.mark_matched(TUESDAY, NOW)
    await store.announcements.save_day(complete)
    assert await store.announcements.list_unmatched_days() == [MONDAY]
    assert [item.day for item in await store.announcements.list_days(TUESDAY)] == [TUESDAY]


async def test_progress_is_kept_until_it_is_dropped(store: Store) -> None:
    progress = {"listed": {"cs": {"new": ["2611.00001"]}}, "gone": []}
    for kept in (progress, progress | {"gone": ["2611.00002"]}, {}):
        await store.announcements.save_progress("2026-11-24", kept)
        assert await store.announcements.get_progress("2026-11-24") == kept
    await store.key_values.set("harvest 2026-11-24", "not JSON")
    assert await store.announcements.get_progress("2026-11-24") == {}


async def test_the_first_days_are_kept_together_and_all_but_the_newest_need_no_matching(store: Store) -> None:
    planned = [
        AnnouncementDay(TUESDAY, DayState.OPEN, NOW),
        AnnouncementDay(MONDAY, DayState.OPEN, NOW, matched_at=NOW),
    ]
    await store.announcements.save_first_days(planned)
    assert await store.announcements.list_days() == planned
    for day in (MONDAY, TUESDAY):
        await store.announcements.save_day(AnnouncementDay(day, DayState.COMPLETE, NOW, completed_at=NOW))
    assert await store.announcements.list_unmatched_days() == [TUESDAY]


async def test_what_somebody_asked_for_is_kept_as_long_as_what_was_announced(store: Store) -> None:
    papers = [Paper(f"2611.{number:05}", 1, "A paper", ("Ada Moreno",), "We measure.") for number in (1, 2, 3)]
    found = [LookedUpPaper(paper, PaperOrigin.ARXIV, ("cs.CV",)) for paper in papers]
    await store.looked_up_papers.save_papers(found[:2], NOW - timedelta(days=3))
    await store.looked_up_papers.save_papers(found[2:], NOW)
    await store.announcements.save_papers(TUESDAY, [make_announced("2611.00002")])
    assert await store.announcements.delete_before(MONDAY) == 1
    kept = [await store.digests.get_paper(paper.arxiv_id, TUESDAY) for paper in papers]
    assert [entry and entry.is_looked_up for entry in kept] == [None, False, True]
    assert await store.announcements.count_papers() == 1
