"""What people who follow wait for: the preview of /follow over a week of papers, and a morning's bundle as messages."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.claim import Claim, report_claims
from benchmarks.command_times import CommandTimes, time_commands
from benchmarks.follows import DAY, iter_lines, make_papers
from benchmarks.made_databases import SHORT
from benchmarks.mornings import NoonClock, make_entry
from digestbot.app import open_app
from digestbot.cards.bundles import bundle_cards
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import digest_cards
from digestbot.core.answers.delivered_bundles import gather_bundle
from digestbot.domain.digest import Digest
from digestbot.domain.subscription import CardStyle, Preferences
from digestbot.domain.topic import Topic
from digestbot.platforms.telegram.incoming.messages import build_capabilities
from digestbot.platforms.telegram.outgoing.classic import render_html, split_into_messages
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.digests.digests import StoredDigest

DAYS, PAPERS, PREVIEWS = (2, 60, 5) if SHORT else (7, 1_500, 200)
TOPICS, PAPERS_A_TOPIC, BUNDLES = 10, 6, 5 if SHORT else 100
_CONTEXT = RenderContext(capabilities=build_capabilities(CardStyle.CLASSIC, rich=True, can_choose_style=True))


async def measure_previews(database: Path) -> tuple[CommandTimes, CommandTimes]:
    """Previews of follows that nobody has yet, and the first one after a start, which reads the week."""
    made = make_papers(DAYS * PAPERS)
    lines = [f"/follow {line}" for line in islice(iter_lines(PREVIEWS + 1), PREVIEWS + 1)]
    async with open_app(load_settings(database_url=build_sqlite_url(database)), NoonClock()) as app:
        for number in range(DAYS):
            day = DAY - timedelta(days=number)
            await app.store.announcements.save_papers(day, made[number * PAPERS : (number + 1) * PAPERS])
        first = await time_commands(app, lines[:1], time.process_time, is_first=True)
        return await time_commands(app, lines[1:], time.process_time), first


def make_bundle() -> list[StoredDigest]:
    """A digest of each topic, with other papers."""
    stored = []
    for topic in range(TOPICS):
        places = range(topic * PAPERS_A_TOPIC, (topic + 1) * PAPERS_A_TOPIC)
        digest = Digest(f"Topic {topic}", DAY, tuple(map(make_entry, places)))
        stored.append(StoredDigest(topic, Topic(f"topic-{topic}", f"Topic {topic}"), digest, tuple(places)))
    return stored


def render_bundle(stored: Sequence[StoredDigest]) -> int:
    """How many characters the messages of a bundle have."""
    cards = bundle_cards(gather_bundle(stored), "bundle 1", _CONTEXT, Preferences())
    return sum(len(render_html(part)[0]) for card in cards for part in split_into_messages(card))


def render_digests(stored: Sequence[StoredDigest]) -> int:
    """The same of the digests one by one, as they come without bundles."""
    cards = (card for one in stored for card in digest_cards(one.topic, one.digest, _CONTEXT))
    return sum(len(render_html(part)[0]) for card in cards for part in split_into_messages(card))


def measure_rendering() -> tuple[float, float]:
    """Milliseconds of the processor that half of the bundles stay under, and of their digests one by one."""
    stored, times = make_bundle(), {render_bundle: list[float](), render_digests: list[float]()}
    for render, found in times.items():
        for _ in range(BUNDLES):
            start = time.process_time()
            assert render(stored)
            found.append(time.process_time() - start)
    return median(times[render_bundle]) * 1000, median(times[render_digests]) * 1000


def iter_claims() -> Iterator[Claim]:
    with tempfile.TemporaryDirectory() as folder:
        times, first = asyncio.run(measure_previews(Path(folder) / "following.db"))
    name = f"/follow's preview over {DAYS * PAPERS:,} papers, 99% of {PREVIEWS}"
    other = "the first after a start"
    yield Claim(f"{name}: by the clock", times.waited, "ms", other, first.waited, goal=200)
    yield Claim(f"{name}: of the processors", times.worked, "ms", other, first.worked, goal=200)
    bundle, apart = measure_rendering()
    name = f"a bundle of {TOPICS} topics and {TOPICS * PAPERS_A_TOPIC} papers as messages, of the processors"
    yield Claim(name, bundle, "ms", "its digests one by one", apart, goal=25)


def main() -> None:
    report_claims(*iter_claims())


if __name__ == "__main__":
    main()
