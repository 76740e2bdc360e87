"""``doctor`` and the metrics tell a quiet day from a late and from a broken one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from digestbot.doctor import Finding, iter_findings
from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementDay, DayState, PaperCount
from digestbot.domain.paper import Paper
from digestbot.settings import Settings, load_settings
from digestbot.store import Store
from digestbot.web.metrics import PrometheusMetrics

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def watched(database_url: str) -> Settings:
    return load_settings(database_url=database_url, announcements={"enabled": True})


async def list_findings(settings: Settings, now: datetime = NOW) -> list[Finding]:
    found = [finding async for finding in iter_findings(settings, now, asks_others=False)]
    return [finding for finding in found if finding.subject == "announcements"]


async def save_days(store: Store, states: Mapping[date, DayState]) -> None:
    for day, state in states.items():
        problem = "" if state.is_settled else "arXiv's newest listing of cs is of yesterday"
        await store.announcements.save_day(AnnouncementDay(day, state, NOW, problem, {"cs": PaperCount(3, 2)}))


@pytest.mark.parametrize(
    ("state", "is_ok", "says"),
    [
        (DayState.COMPLETE, True, "2026-11-24 is complete: 1 paper"),
        (DayState.QUIET, True, "2026-11-24 is quiet: arXiv announced nothing"),
        (
            DayState.OPEN,
            True,
            "2026-11-24 is on its way, with 1 paper so far: arXiv's newest listing of cs is of yesterday",
        ),
        (DayState.LATE, False, "2026-11-24 is late, with 1 paper so far: arXiv's newest listing"),
        (DayState.BROKEN, False, "2026-11-24 cannot be read: arXiv's newest"),
    ],
)
async def test_the_newest_day_is_told_by_its_state(
    store: Store, watched: Settings, state: DayState, is_ok: bool, says: str
) -> None:
    await store.announcements.save_papers(TUESDAY, [AnnouncedPaper(Paper("2611.00001", 1, "T", ("A",), "B"))])
    await save_days(store, {MONDAY: DayState.QUIET, TUESDAY: state})
    [finding] = await list_findings(watched)
    assert finding.is_ok is is_ok
    assert says in finding.text
    assert is_ok or "report it" in finding.remedy or "DIGESTBOT_BUILDER__CONTACT" in finding.remedy


async def test_before_the_first_night_nothing_is_wrong(store: Store, watched: Settings, settings: Settings) -> None:
    [finding] = await list_findings(watched)
    assert (finding.is_ok, finding.text) == (True, "none yet: “digestbot run” harvests arXiv's every night")
    assert await list_findings(settings) == []  # switched off
    found = [one async for one in iter_findings(watched, NOW, asks_others=False) if one.subject == "digests"]
    assert [(one.is_ok, "whoever follows" in one.text) for one in found] == [(True, True)]


async def test_days_that_nobody_asked_for_and_days_that_are_not_whole_are_told(store: Store, watched: Settings) -> None:
    await save_days(store, {date(2026, 11, 19): DayState.LATE, MONDAY: DayState.COMPLETE})
    newest, missing = await list_findings(watched)
    assert (newest.is_ok, newest.text) == (False, "the newest are of 2026-11-23, and those of 2026-11-24 are out")
    assert missing.text.startswith("1 day is not whole before that: 2026-11-19 (")
    early = (await list_findings(watched, datetime(2026, 11, 24, 2, tzinfo=UTC)))[0]
    assert early.is_ok


async def test_the_metrics_count_days_by_their_state(store: Store) -> None:
    await save_days(store, {MONDAY: DayState.COMPLETE, TUESDAY: DayState.LATE})
    text = PrometheusMetrics().render_text([], await store.announcements.list_days()).decode()
    for line in (
        'digestbot_announcement_days{state="late"} 1.0',
        'digestbot_announcement_days{state="complete"} 1.0',
        'digestbot_announcement_days{state="quiet"} 0.0',
        "digestbot_announcements_expected 3.0",
        "digestbot_announcements_stored 2.0",
    ):
        assert f"\n{line}\n" in text
