"""Every digest arrives: each delivery brings what was loaded since the last one, however that came about."""

from __future__ import annotations

import zoneinfo
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import structlog
from sqlalchemy import select, update

from digestbot.app import App
from digestbot.cards.card import ListItem, Paragraph, to_plain_text
from digestbot.core.ports import IncomingMessage
from digestbot.doctor import iter_findings
from digestbot.domain.subscription import Address, Schedule
from digestbot.domain.timezones import get_timezone, list_timezones
from digestbot.errors import PermanentDeliveryError, RejectedMessageError, TemporaryDeliveryError
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import digests, metadata, outbox, schedules
from tests.factories import list_days, make_digest, make_entry
from tests.fakes import ManualClock, RecordingPlatform

ADA = Address("console", "ada")
SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


class Morning:
    """A bot and a reader of one topic; days are of November 2026, of which the 23rd is a Monday."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app, self.clock, self.inbox = app, clock, RecordingPlatform()
        self.service = app.build_delivery_service([self.inbox])

    async def load(self, day: int, *numbers: str, at: str = "", month: int = 11) -> None:
        """Load a day's digest, with a paper of its own."""
        if at:
            self.clock.set(f"2026-{at}")
        self.clock.advance(seconds=1)
        written = date(2026, month, day).isoformat()
        entries = [make_entry(number) for number in numbers or (f"2611.{month:02}0{day:02}",)]
        key = PageKey(written, written, {})
        await self.app.store.digests.save_pages([(key, [make_digest("Topic A", written, entries)])], self.clock.now())

    async def read_states(self) -> dict[str, str]:
        """The states of the deliveries by their digests' dates."""
        query = select(digests.c.date, outbox.c.state).join(outbox, outbox.c.digest_id == digests.c.id)
        async with self.app.store.database.read() as connection:
            rows = await connection.execute(query.order_by(digests.c.date))
            return {row.date.isoformat()[5:]: row.state for row in rows}

    async def say(self, text: str) -> str:
        """Send a command, and return its answer's paragraphs."""
        self.clock.advance(seconds=1)
        card = (await self.app.dispatcher.handle_message(IncomingMessage(ADA, text, "en"))).card
        assert card.ok, card
        return "\n".join(to_plain_text(block.line) for block in card.blocks if isinstance(block, Paragraph))

    async def deliver(self, at: str) -> list[str]:
        """The dates of the digests that come at a time, as they are written over their papers."""
        self.clock.set(f"2026-{at}")
        before = len(self.inbox.sent)
        await self.service.run_cycle()
        dates: dict[str, None] = {}
        for _, card in self.inbox.sent[before:]:
            dates |= dict.fromkeys(day[5:] for day in list_days(card))
        return list(dates)


@pytest.fixture
async def morning(empty_app: App, clock: ManualClock) -> Morning:
    return Morning(empty_app, clock)


async def page_follows_late_page(morning: Morning) -> None:
    await morning.load(24, at="11-24 07:00")
    await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-25 08:00") == ["11-24"]
    await morning.load(25, at="11-25 09:00")
    await morning.load(26, at="11-26 07:00")
    assert await morning.deliver("11-26 08:00") == ["11-26", "11-25"]
    assert await morning.deliver("11-27 08:00") == []


async def weekend(morning: Morning) -> None:
    await morning.load(20, at="11-20 07:00")
    await morning.say("/subscribe topic-a 08:00 mon-fri")
    assert await morning.deliver("11-20 08:00") == ["11-20"]
    for day in (21, 22, 23):
        await morning.load(day, at=f"11-{day} 06:00")
        assert await morning.deliver(f"11-{day} 07:59") == []
    assert await morning.deliver("11-23 08:00") == ["11-23", "11-22", "11-21"]


async def once_a_week(morning: Morning) -> None:
    await morning.load(16, at="11-16 07:00")
    await morning.say("/subscribe topic-a 08:00 mon")
    assert await morning.deliver("11-16 08:00") == ["11-16"]
    for day in range(17, 24):
        await morning.load(day, at=f"11-{day} 06:00")
        await morning.deliver(f"11-{day} 07:00")
    assert await morning.deliver("11-23 08:00") == [f"11-{day}" for day in range(23, 16, -1)]


async def two_mornings_down(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    for day in (24, 25, 26):
        await morning.load(day, at=f"11-{day} 06:00")
    assert await morning.deliver("11-26 07:00") == ["11-26", "11-25", "11-24"]
    assert await morning.deliver("11-26 08:00") == []


async def hour_already_past(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    await morning.say("/settings time 12:00")
    assert await morning.deliver("11-23 12:00") == []
    await morning.load(24, at="11-24 06:00")
    assert await morning.deliver("11-24 10:00") == []
    assert "2026-11-25 09:00" in await morning.say("/settings time 09:00")
    assert await morning.deliver("11-24 12:00") == []
    await morning.load(25, at="11-25 06:00")
    assert await morning.deliver("11-25 09:00") == ["11-25", "11-24"]


async def pause(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    await morning.say("/pause")
    for day in (24, 25):
        await morning.load(day, at=f"11-{day} 06:00")
        assert await morning.deliver(f"11-{day} 08:00") == []
    assert "2026-11-26 08:00" in await morning.say("/resume")
    assert await morning.deliver("11-25 09:00") == []
    assert await morning.deliver("11-26 08:00") == ["11-25", "11-24"]


async def new_subscriber(morning: Morning) -> None:
    for day in (21, 22, 23):
        await morning.load(day, at=f"11-{day} 06:00")
    assert "2026-11-23 08:00" in await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-23 08:00") == ["11-23"]


async def old_page(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    await morning.load(10, at="11-23 09:00")
    await morning.load(9)
    assert await morning.deliver("11-24 08:00") == ["11-10"]  # of the last fourteen days, and the other is not
    await morning.load(8)
    assert await morning.deliver("11-25 08:00") == []


async def month_away(morning: Morning) -> None:
    await morning.load(1, at="11-01 07:00")
    await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-01 08:00") == ["11-01"]
    await morning.say("/pause")
    for day in range(2, 21):
        await morning.load(day, at=f"11-{day:02} 06:00")
    await morning.say("/resume")
    assert await morning.deliver("11-21 08:00") == [f"11-{day:02}" for day in range(20, 6, -1)]
    (line,) = [text for text in list_paragraphs(morning.inbox) if "older" in text]
    assert line == "5 older digests are not in this message. One of them: /digest topic-a 2026-11-06"
    await morning.load(21, at="11-22 07:00")
    assert await morning.deliver("11-22 08:00") == ["11-21"]
    assert not [text for text in list_paragraphs(morning.inbox) if "older" in text]


def list_paragraphs(inbox: RecordingPlatform) -> list[str]:
    return [to_plain_text(block.line) for block in inbox.sent[-1][1].blocks if isinstance(block, Paragraph)]


async def instant(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    await morning.load(24, at="11-24 06:00")
    assert await morning.deliver("11-24 07:00") == []
    await morning.say("/subscribe topic-a instant")  # before it came at its hour
    assert await morning.deliver("11-24 08:00") == []
    await morning.load(25, at="11-25 06:00")
    assert await morning.deliver("11-25 06:01") == ["11-25", "11-24"]
    await morning.load(22)
    assert await morning.deliver("11-25 06:02") == ["11-22"]
    await morning.say("/pause")
    await morning.load(26, at="11-26 06:00")
    assert await morning.deliver("11-26 06:01") == []
    await morning.say("/resume")
    await morning.load(27, at="11-27 06:00")
    assert await morning.deliver("11-27 06:01") == ["11-27", "11-26"]


async def platform_away(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00")
    morning.inbox.errors = [TemporaryDeliveryError("out of order")]
    assert await morning.deliver("11-23 08:00") == []
    await morning.load(24, at="11-24 06:00")
    assert await morning.deliver("11-24 08:01") == ["11-24"]  # and the other is given up after 24 hours
    assert await morning.read_states() == {"11-23": "dropped", "11-24": "sent"}
    await morning.load(25, at="11-25 06:00")
    assert await morning.deliver("11-25 08:00") == ["11-23", "11-25"]  # what was tried is a message of its own


async def bundle_dropped(morning: Morning) -> None:
    await two_mornings_missed(morning)
    morning.inbox.errors = [TemporaryDeliveryError("out of order")]
    assert await morning.deliver("11-25 08:00") == []
    assert await morning.read_states() == {"11-23": "sent", "11-24": "bundled", "11-25": "due"}
    assert await morning.deliver("11-26 08:01") == []
    assert await morning.read_states() == {"11-23": "sent", "11-24": "bundled", "11-25": "dropped"}
    assert await morning.deliver("11-27 08:00") == ["11-25", "11-24"]
    assert await morning.read_states() == {"11-23": "sent", "11-24": "sent", "11-25": "sent"}


async def two_mornings_missed(morning: Morning) -> None:
    await morning.load(23, at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00 mon,wed,fri")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    for day in (24, 25):
        await morning.load(day, at=f"11-{day} 06:00")


async def one_of_a_bundle_is_refused(morning: Morning) -> None:
    """Whichever it is: the bundle is taken apart, and the others still arrive."""
    await two_mornings_missed(morning)
    morning.inbox.errors = [RejectedMessageError("too long"), RejectedMessageError("too long")]
    assert await morning.deliver("11-25 08:00") == []
    assert await morning.read_states() == {"11-23": "sent", "11-24": "due", "11-25": "due"}
    assert await morning.deliver("11-25 08:00") == ["11-25"]
    assert await morning.read_states() == {"11-23": "sent", "11-24": "failed", "11-25": "sent"}
    assert await morning.app.store.report.retry_given_up(datetime.min.replace(tzinfo=UTC), morning.clock.now())
    assert await morning.deliver("11-25 08:01") == ["11-24"]


async def chat_blocked(morning: Morning) -> None:
    await two_mornings_missed(morning)
    morning.inbox.errors = [PermanentDeliveryError("blocked")]
    assert await morning.deliver("11-25 08:00") == []
    assert await morning.deliver("11-25 08:00") == []
    assert await morning.read_states() == {"11-23": "sent", "11-24": "dropped", "11-25": "failed"}
    await morning.say("/resume")
    assert await morning.deliver("11-27 08:00") == ["11-24"]


async def unsubscribed(morning: Morning) -> None:
    await two_mornings_missed(morning)
    morning.inbox.errors = [TemporaryDeliveryError("out of order")]
    assert await morning.deliver("11-25 08:00") == []
    await morning.say("/unsubscribe topic-a")
    assert await morning.read_states() == {"11-23": "sent"}


async def page_taken_back(morning: Morning) -> None:
    """The lead's page turns out to be another topic's while it waits: what was to come with it comes alone."""
    await two_mornings_missed(morning)
    morning.inbox.errors = [TemporaryDeliveryError("out of order")]
    assert await morning.deliver("11-25 08:00") == []
    key = PageKey("2026-11-25", "corrected", {})
    await morning.app.store.digests.save_pages([(key, [make_digest("Topic B", "2026-11-25")])], morning.clock.now())
    assert await morning.read_states() == {"11-23": "sent", "11-24": "dropped"}
    assert await morning.deliver("11-27 08:00") == ["11-24"]


async def papers_in_several(morning: Morning) -> None:
    await morning.load(23, "2611.00001", at="11-23 07:00")
    await morning.say("/subscribe topic-a 08:00 mon")
    assert await morning.deliver("11-23 08:00") == ["11-23"]
    await morning.load(24, "2611.00002", "2611.00003", at="11-24 06:00")
    await morning.load(25, "2611.00003", "2611.00004", at="11-25 06:00")
    assert await morning.deliver("11-30 08:00") == ["11-25", "11-24"]
    items = [block for block in morning.inbox.sent[-1][1].blocks if isinstance(block, ListItem)]
    assert [(item.position, item.url[-7:]) for item in items] == [(1, "00003v1"), (2, "00004v1"), (3, "00002v1")]


Case = Callable[[Morning], Awaitable[None]]
CASES: list[Case] = [
    *(page_follows_late_page, weekend, once_a_week, two_mornings_down, hour_already_past),
    *(pause, new_subscriber, old_page, month_away, instant, platform_away, bundle_dropped),
    *(one_of_a_bundle_is_refused, chat_blocked, unsubscribed, page_taken_back, papers_in_several),
]
ON_SERVER = (month_away, instant, bundle_dropped, one_of_a_bundle_is_refused, unsubscribed)


@SQLITE
@pytest.mark.parametrize("case", CASES)
async def test_every_digest_arrives(case: Case, morning: Morning) -> None:
    await case(morning)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_every_digest_arrives_on_postgresql(engine: str, empty_app: App, clock: ManualClock) -> None:
    for case in ON_SERVER:
        async with empty_app.store.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())
        await case(Morning(empty_app, clock))


@SQLITE
async def test_a_schedule_that_cannot_be_planned_is_passed_over_and_named(morning: Morning) -> None:
    await morning.load(24, at="11-24 07:00")
    await morning.say("/subscribe topic-a 08:00 Asia/Tokyo")
    bo = await morning.app.subscriptions.get_or_create(Address("console", "bo"), "en")
    topic = (await morning.app.catalog.list_topics())[0].topic
    await morning.app.subscriptions.subscribe(bo, topic, Schedule(time(8), "UTC"))
    async with morning.app.store.database.write() as connection:
        bad = schedules.c.timezone == "Asia/Tokyo"
        await connection.execute(update(schedules).where(bad).values(timezone="localtime"))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await morning.deliver("11-25 08:00")
    assert [address.chat for address, _ in morning.inbox.sent] == ["bo"]
    assert [(line["event"], line["reason"]) for line in logs if line["log_level"] == "error"] == [
        ("row_skipped", "ValueError: there is no timezone “localtime”")
    ]
    findings = [one async for one in iter_findings(morning.app.settings, morning.clock.now()) if not one.is_ok]
    assert ["localtime" in one.text for one in findings if one.subject == "schedules"] == [True]
    assert await morning.say("/subscriptions") == ""  # the chat can still be spoken with, and mend it
    await morning.say("/subscribe topic-a 09:00 Asia/Tokyo")
    assert await morning.deliver("11-26 00:00") == ["11-24"]


def test_timezones_are_those_of_the_package_and_have_a_place() -> None:
    assert not {"localtime", "Factory", "posixrules"} & set(list_timezones())
    assert {"UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT-8"} <= set(list_timezones())
    zoneinfo.reset_tzpath(())
    try:
        for name in list_timezones():
            assert str(get_timezone(name)) == name
    finally:
        zoneinfo.reset_tzpath()
    summer = datetime(2026, 7, 1, tzinfo=get_timezone("Europe/Berlin"))
    assert summer.utcoffset() == timedelta(hours=2)
    with pytest.raises(ValueError, match="no timezone “Mars/Base”"):
        get_timezone("Mars/Base")
