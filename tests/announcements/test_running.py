"""``digestbot run`` harvests by itself, and goes on where it was killed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from digestbot.app import App, open_app, open_harvester
from digestbot.domain.arxiv.announcement import AnnouncementDay, DayState
from digestbot.domain.subscription import Address, Preferences
from digestbot.settings import Settings, build_sqlite_url, load_settings
from tests.announcements.arxiv import AnnouncingServer
from tests.announcements.conftest import MONDAY, TUESDAY
from tests.builder.archive import Submission
from tests.fakes import ManualClock, RecordingPlatform
from tests.places import NO_HARVEST, ROOT
from tests.processes import ForkedProcess, start_process
from tests.waiting import wait_until

CONTACT = "operator@example.org"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[ForkedProcess]]:
    """The processes that a test starts, ended with it."""
    processes: list[ForkedProcess] = []
    yield processes
    for process in processes:
        process.kill()


def start_bot(folder: Path, arxiv: AnnouncingServer, started: list[ForkedProcess]) -> ForkedProcess:
    """The bot without any token, at 20:45 in New York on Monday."""
    own = {
        "DATABASE_URL": build_sqlite_url(folder / "a.db"),
        "ALLOW_PRIVATE_HOSTS": "true",
        "ANNOUNCEMENTS__ENABLED": "true",
        "ANNOUNCEMENTS__ARCHIVES": '["cs", "math"]',
        "BUILDER__ARXIV_API": arxiv.api,
        "BUILDER__ARXIV_OAI": arxiv.oai,
        "BUILDER__ARXIV_PAGES": arxiv.url,
        "BUILDER__ARXIV_DELAY_SECONDS": "0",
        "BUILDER__CONTACT": CONTACT,
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
    environment |= {f"DIGESTBOT_{name}": value for name, value in own.items()} | {"PYTHONPATH": str(ROOT)}
    with (folder / "log").open("ab") as log:
        process = start_process(
            "2026-11-24T01:45:00",
            module="tests.platforms.process",
            folder=folder,
            environment=environment,
            stdout=log.fileno(),
            stderr=log.fileno(),
        )
    started.append(process)
    return process


def read_rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    if not (folder / "a.db").exists():
        return []
    with closing(sqlite3.connect(folder / "a.db", timeout=10)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # no tables yet
            return []


async def test_a_bot_that_is_killed_while_it_harvests_loses_nothing_and_has_nothing_twice(
    tmp_path: Path, arxiv: AnnouncingServer, started: list[ForkedProcess]
) -> None:
    arxiv.announce(MONDAY, Submission("2611.09999"))
    arxiv.announce(TUESDAY, *(Submission(f"2611.{number:05}", categories=("cs.CV",)) for number in range(20)))
    arxiv.fail_next("/oai", "", "", "slow")  # the third page does not come
    process = start_bot(tmp_path, arxiv, started)
    listed = [f"/list/{archive}/new?skip=0&show=2000" for archive in ("cs", "math")]
    await wait_until(lambda: len(arxiv.list_asked("/oai")) >= 1 or process.returncode is not None)
    assert process.returncode is None, (tmp_path / "log").read_text()
    assert set(listed) <= set(arxiv.asked)
    await wait_until(lambda: len(arxiv.list_asked("/oai")) == 3)
    process.kill()
    await process.wait()
    assert read_rows(tmp_path, "SELECT count(*) FROM announcements") == [(8,)]
    arxiv.asked.clear()
    start_bot(tmp_path, arxiv, started)
    query = "SELECT count(*) FROM announcements WHERE day = '2026-11-24'"
    await wait_until(lambda: read_rows(tmp_path, query) == [(20,)])
    assert listed[0] not in arxiv.asked  # it was read
    assert "resumptionToken" in arxiv.list_asked("/oai")[0]
    assert read_rows(tmp_path, "SELECT count(*), count(DISTINCT arxiv_id) FROM papers") == [(20, 20)]
    assert len(arxiv.agents) == 1
    assert CONTACT in arxiv.agents.pop()


async def test_pages_are_asked_less_often_than_the_interfaces(settings: Settings) -> None:
    """arXiv's robots.txt asks for 15 seconds, its interfaces for 3."""
    async with open_app(settings) as app, open_harvester(app) as harvester:
        assert harvester._listings._http._delay_seconds == 15
        assert harvester._papers._oai
        assert harvester._papers._oai._http._delay_seconds == 3


def test_harvesting_is_on_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    assert not load_settings(database_url=database_url).announcements.enabled  # in tests, for the real arXiv's sake
    monkeypatch.delenv(NO_HARVEST[0])
    announcements = load_settings(database_url=database_url).announcements
    assert (announcements.enabled, len(announcements.archives)) == (True, 20)


@pytest.fixture
def harvesting(database_url: str, arxiv: AnnouncingServer) -> Settings:
    """The settings of a bot that harvests two archives from the loopback arXiv."""
    addresses = {"arxiv_api": arxiv.api, "arxiv_oai": arxiv.oai, "arxiv_pages": arxiv.url, "arxiv_delay_seconds": 0}
    return load_settings(
        database_url=database_url,
        builder=addresses,
        announcements={"archives": ["cs"]},
        allow_private_hosts=True,
        delivery_jitter_seconds=0,
    )


async def harvest_and_deliver(app: App, clock: ManualClock, moment: str, platform: RecordingPlatform) -> str:
    """What comes at eight in the morning, after a harvest at a moment before."""
    clock.set(moment)
    async with open_harvester(app) as harvester:
        await harvester.harvest_due()
    clock.set(f"{moment[:10]} 08:00:30")
    platform.sent.clear()
    await app.build_delivery_service([platform]).run_cycle()
    return repr([card for _, card in platform.sent])


async def test_the_first_delivery_brings_the_newest_day_and_later_ones_what_was_missed(
    harvesting: Settings, arxiv: AnnouncingServer
) -> None:
    """Who follows before the first harvest of a week gets one day; who followed while the bot was down, each day."""
    for number in (19, 20, 23, 24, 25, 26, 27):
        paper = Submission(f"2611.000{number}", f"Splats of the {number}th", categories=("cs.CV",))
        arxiv.announce(date(2026, 11, number), paper)
    clock, platform = ManualClock("2026-11-24 00:10"), RecordingPlatform()
    async with open_app(harvesting, clock) as app:
        early = await app.store.subscribers.get_or_create(Address("console", "1"), Preferences())
        await app.subscriptions.subscribe(early, await app.store.follows.get_or_create("splats"), None)
        first = await harvest_and_deliver(app, clock, "2026-11-24 04:00", platform)
        assert [day for day in (19, 20, 23, 24) if f"Splats of the {day}th" in first] == [24]
        assert (await app.store.announcements.count_papers(date(2026, 11, 20))) == 1  # it can be previewed
        clock.set("2026-11-27 02:30")  # it was down for two days and has harvested nothing yet
        late = await app.store.subscribers.get_or_create(Address("console", "2"), Preferences())
        await app.subscriptions.subscribe(late, await app.store.follows.get_or_create("cat:cs.CV"), None)
        await harvest_and_deliver(app, clock, "2026-11-27 04:00", platform)
        come = {address.chat: repr(card) for address, card in platform.sent}
    assert [day for day in (23, 24, 25, 26, 27) if f"Splats of the {day}th" in come["1"]] == [25, 26, 27]
    assert [day for day in (23, 24, 25, 26, 27) if f"Splats of the {day}th" in come["2"]] == [27]


async def test_what_is_announced_in_the_night_is_in_the_chat_in_the_morning(
    database_url: str, arxiv: AnnouncingServer
) -> None:
    addresses = {"arxiv_api": arxiv.api, "arxiv_oai": arxiv.oai, "arxiv_pages": arxiv.url, "arxiv_delay_seconds": 0}
    settings = load_settings(
        database_url=database_url,
        builder=addresses,
        announcements={"archives": ["cs", "math"]},
        allow_private_hosts=True,
        delivery_jitter_seconds=0,
    )
    arxiv.announce(
        TUESDAY,
        Submission("2611.00001", "Splats that move", "We present moving splats.", categories=("cs.CV",)),
        Submission("2611.00002", "Nothing of the kind", categories=("cs.CL",)),
    )
    clock, platform = ManualClock("2026-11-23 12:00"), RecordingPlatform()
    async with open_app(settings, clock) as app:
        await app.store.announcements.save_day(AnnouncementDay(MONDAY, DayState.QUIET, clock.now()))
        reader = await app.store.subscribers.get_or_create(Address("console", "1"), Preferences())
        await app.subscriptions.subscribe(reader, await app.store.follows.get_or_create("splats"), None)
        clock.set("2026-11-24 04:00")
        async with open_harvester(app) as harvester:
            await harvester.harvest_due()
        clock.set("2026-11-24 08:00:30")
        await app.build_delivery_service([platform]).run_cycle()
    (sent,) = [repr(card) for _, card in platform.sent]
    assert "Splats that move" in sent
    assert "Nothing of the kind" not in sent
