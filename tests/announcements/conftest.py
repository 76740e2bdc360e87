"""arXiv on loopback, and what harvests it: polite without the pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime

import pytest

from digestbot.announcements.harvester import AnnouncementHarvester, HarvestPolicy
from digestbot.announcements.listing_client import ListingClient
from digestbot.announcements.paper_source import PaperSource
from digestbot.builder.sources.arxiv import ArxivClient
from digestbot.builder.sources.oai import OaiClient
from digestbot.builder.sources.polite_client import PoliteClient
from digestbot.core.alerts import AdminAlerts
from digestbot.domain.arxiv.announcement import AnnouncementDay, DayState
from digestbot.domain.subscription import Address
from digestbot.store import Store
from tests.announcements.arxiv import AnnouncingServer, open_announcing_arxiv
from tests.fakes import ManualClock, RecordingPlatform
from tests.waiting import HANG_SECONDS

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
ADMIN = Address("console", "1")
MakeHarvester = Callable[..., AnnouncementHarvester]


@pytest.fixture
async def arxiv() -> AsyncIterator[AnnouncingServer]:
    async with open_announcing_arxiv() as server:
        yield server


@pytest.fixture
async def polite() -> AsyncIterator[PoliteClient]:
    async with PoliteClient(0, timeout_seconds=HANG_SECONDS, wait_factor=0.001, allow_private_hosts=True) as polite:
        yield polite


@pytest.fixture
def clock() -> ManualClock:
    """Half an hour after Tuesday's announcement, in UTC."""
    return ManualClock("2026-11-24 01:35")


@pytest.fixture
def admin() -> RecordingPlatform:
    return RecordingPlatform()


@pytest.fixture
async def started_before(store: Store, clock: ManualClock) -> None:
    """The bot has run before: a first start makes up a week, which takes a while."""
    await store.announcements.save_day(AnnouncementDay(MONDAY, DayState.QUIET, clock.now()))


@pytest.fixture
def matched() -> list[date]:
    """The days that were matched against the follows."""
    return []


@pytest.fixture
def make_harvester(
    store: Store,
    arxiv: AnnouncingServer,
    polite: PoliteClient,
    clock: ManualClock,
    admin: RecordingPlatform,
    matched: list[date],
    started_before: None,
) -> MakeHarvester:
    """Make the harvester of a process; ``archives`` are those of the setting."""

    async def match_day(day: date, now: datetime) -> int:
        matched.append(day)
        await store.announcements.mark_matched(day, now)
        return 0

    def make(*archives: str, oai: bool = True, api: bool = True) -> AnnouncementHarvester:
        papers = PaperSource(
            store.announcements,
            OaiClient(polite, arxiv.oai) if oai else None,
            ArxivClient(polite, arxiv.api) if api else None,
        )
        return AnnouncementHarvester(
            store.announcements,
            ListingClient(polite, arxiv.url),
            papers,
            clock,
            HarvestPolicy(archives or ("cs",)),
            match_day=match_day,
            alerts=AdminAlerts(store.key_values, {"console": admin}, ADMIN, "en"),
        )

    return make
