"""What a delivery's benchmark needs: a digest like the real ones, and many chats that it is due for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from digestbot.app import App
from digestbot.core.ports import SystemClock
from digestbot.domain.digest import Digest, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Address, Schedule
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.tables import schedules, subscribers, subscriptions

SENTENCE = "A flow-matching model designs all six loops from as few as three residues, and 9 of 24 bind. "


class NoonClock(SystemClock):
    """The machine's clock at a fixed moment: everything is due, and nothing else comes due."""

    def now(self) -> datetime:
        """Noon."""
        return datetime(2026, 11, 24, 12, tzinfo=UTC)


def make_digest(papers: int, figures: int = 3) -> Digest:
    """Papers of the length that real pages have: an abstract of 1,100 characters, five takeaways, an analysis."""
    return Digest("Benchmark", date(2026, 11, 24), tuple(make_entry(number, figures) for number in range(papers)))


def make_entry(number: int, shown: int = 3) -> Entry:
    """One of them."""
    identifier = f"2611.{number:05}"
    paper = Paper(identifier, 1, f"Designing Loop {number} at $n^{{-1/2}}$ Cost", ("Ada Moreno",) * 5, SENTENCE * 12)
    sections = tuple(Section(title, SENTENCE * 3) for title in ("Background", "Method", "Results"))
    figures = tuple(Figure(f"https://figures.example.org/{identifier}/{i}.png") for i in range(shown))
    return Entry(paper, Summary(SENTENCE, (SENTENCE,) * 5, sections), figures)


async def fill_store(app: App, count: int, papers: int, address: Callable[[int], Address], figures: int = 3) -> None:
    """So many subscribers, each at its own address by its number from 1, whose digest is due."""
    await app.store.digests.save_pages([(PageKey("bench", "", {}), [make_digest(papers, figures)])], app.clock.now())
    known = await app.subscriptions.get_or_create(address(1), "en")
    match = await app.catalog.find_topic("benchmark")
    assert match.topic
    await app.subscriptions.subscribe(known, match.topic, Schedule(datetime.min.time(), "UTC"))
    async with app.store.database.write() as connection:
        own = (await connection.execute(subscribers.select())).one()._mapping
        others = ((number, address(number)) for number in range(2, count + 1))
        places = ({"id": n, "platform": at.platform, "chat": at.chat, "thread": at.thread} for n, at in others)
        await connection.execute(subscribers.insert(), [{**own, **place} for place in places])
        passed = app.clock.now() - timedelta(minutes=1)
        await connection.execute(schedules.update().values(next_due=passed))
        await connection.execute(subscriptions.update().values(starts_at=passed - timedelta(days=1)))
        one = (await connection.execute(subscriptions.select())).one()._mapping
        await connection.execute(
            subscriptions.insert(), [{**one, "id": number, "subscriber_id": number} for number in range(2, count + 1)]
        )
