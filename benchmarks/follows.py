"""A day's papers matched with everybody's follows, against bare queries of an FTS5 table in memory."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, insert, select

from benchmarks.claim import Claim, report_claims
from benchmarks.mornings import NoonClock
from digestbot.announcements.day_matching import match_day
from digestbot.app import open_app
from digestbot.core.follows.narrowing import narrow_digest
from digestbot.domain.arxiv.announcement import AnnouncedPaper, AnnouncementKind
from digestbot.domain.digest import Digest, Entry
from digestbot.domain.paper import Paper
from digestbot.domain.queries import PaperMatcher, parse_query, parse_stored, print_query
from digestbot.domain.text.search_words import split_tokens
from digestbot.domain.topic import Topic
from digestbot.quality.extracts import extract_summary
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store import Store
from digestbot.store.announcements.followed_topics import Narrowing
from digestbot.store.announcements.follows import build_slug
from digestbot.store.digests.digests import StoredDigest
from digestbot.store.tables import digests, entries, schedules, subscribers, subscriptions, topics

SHORT = bool(os.environ.get("BENCH_SHORT"))
PAPERS, FOLLOWS, BARE_QUERIES = (100, 500, 50) if SHORT else (1_500, 100_000, 2_000)
DAY, NOW = date(2026, 11, 24), datetime(2026, 11, 24, 3, tzinfo=UTC)
_SYLLABLES = """
dif gau neu ref lat syn mor tra vis qua sem cal ver pol hyp met gra fil con rob
fu ss ra le ti ne po vi ma ko lo du be ri sa ce mo ni ga tu
sion ian ral ction ce sis logy ning tor net field map form graph flow phase mode state code loss
"""
_BEGINNINGS, _MIDDLES, _ENDINGS = map(str.split, _SYLLABLES.strip().split("\n"))
WORDS = [f"{one}{two}{three}" for three in _ENDINGS for two in _MIDDLES for one in _BEGINNINGS]
_MOST_COMMON = 30
_WEIGHTS = [1 / rank for rank in range(1, len(WORDS) + 1)]
FAMILY_NAMES, GIVEN_NAMES = WORDS[:3000], WORDS[3000:4000]
CATEGORIES = ("cs.CV", "cs.LG", "cs.GR", "cs.CL", "math.CO", "hep-th", "q-bio.NC", "stat.ML", "eess.IV", "quant-ph")


def make_papers(count: int) -> list[AnnouncedPaper]:
    """Papers whose words are as unequally common as those of a language."""
    pick = random.Random(1)
    return [_make_paper(pick, number) for number in range(count)]


def _make_paper(pick: random.Random, number: int) -> AnnouncedPaper:
    words = pick.choices(WORDS, _WEIGHTS, k=170)
    authors = tuple(f"{pick.choice(GIVEN_NAMES)} {pick.choice(FAMILY_NAMES)}".title() for _ in range(6))
    abstract = f"{' '.join(words[10:60])}. We propose {' '.join(words[60:])}."
    paper = Paper(f"2611.{number:05}", 1, " ".join(words[:10]).capitalize(), authors, abstract)
    return AnnouncedPaper(paper, tuple(pick.sample(CATEGORIES, 2)), NOW, AnnouncementKind.NEW)


def list_expressions(lines: Iterable[str]) -> list[str]:
    """Follows as they are stored, each once."""
    return list(dict.fromkeys(print_query(parse_query(line)) for line in lines))


def iter_lines(count: int) -> Iterator[str]:
    """As many different follows, of the kinds that people make."""
    pick, known = random.Random(2), set[str]()
    kinds = (
        lambda: f"{_pick_word(pick)} {_pick_word(pick)} {_pick_word(pick)}",
        lambda: f'"{_pick_word(pick)} {_pick_word(pick)}"',
        lambda: f'author:"{pick.choice(GIVEN_NAMES)} {pick.choice(FAMILY_NAMES)}"',
        lambda: f"{_pick_word(pick)} cat:{pick.choice(CATEGORIES)} -cat:astro-ph",
        lambda: f'{_pick_word(pick)} OR "{_pick_word(pick)} {_pick_word(pick)}"',
    )
    while len(known) < count:
        line = pick.choice(kinds)()
        if line not in known:
            known.add(line)
            yield line


def _pick_word(pick: random.Random) -> str:
    """A word that is not among the most common ones: nobody follows those alone."""
    return WORDS[int(_MOST_COMMON * (len(WORDS) / _MOST_COMMON) ** pick.random()) % len(WORDS)]


def measure_matching(papers: list[AnnouncedPaper], expressions: Iterable[str]) -> float:
    """Seconds of the processor for all of it: making the matcher, reading each follow as it is stored, matching it."""
    start = time.process_time()
    matcher = PaperMatcher(papers)
    for expression in expressions:
        matcher.find_best_first(parse_stored(expression))
    return time.process_time() - start


def measure_bare_queries(papers: list[AnnouncedPaper], lines: list[str]) -> float:
    """Seconds of the processor that a bare FTS5 query takes, for phrases of the same words."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE papers USING fts5(title, abstract, detail=full)")
        rows = [(" ".join(split_tokens(one.paper.title)), " ".join(split_tokens(one.paper.abstract))) for one in papers]
        connection.executemany("INSERT INTO papers VALUES (?, ?)", rows)
        queries = [" AND ".join(f'"{token}"' for token in split_tokens(line)) for line in lines]
        start = time.process_time()
        for query in queries:
            connection.execute("SELECT rowid FROM papers WHERE papers MATCH ?", (query,)).fetchall()
        return (time.process_time() - start) / len(queries)


def read_peak_megabytes() -> float:
    """What the process used at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


async def measure_day(folder: Path, papers: list[AnnouncedPaper], lines: list[str]) -> tuple[float, int, int]:
    """Seconds of the processor for a day from the database to its digests, and how many these are, with entries."""
    url = build_sqlite_url(folder / "follows.db")
    async with open_app(load_settings(database_url=url, topics=[]), NoonClock()) as app:
        await app.store.announcements.save_papers(DAY, papers)
        await _fill_follows(app.store, lines)
        start = time.process_time()
        await match_day(app.store, DAY, NOW)
        took = time.process_time() - start
        async with app.store.database.read() as connection:
            written = [await connection.scalar(select(func.count()).select_from(table)) for table in (digests, entries)]
    return took, int(written[0] or 0), int(written[1] or 0)


async def _fill_follows(store: Store, lines: list[str]) -> None:
    expressions = list_expressions(lines)
    found = [{"slug": build_slug(one, 32), "title": one, "aliases": [], "expression": one} for one in expressions]
    chat = {"platform": "telegram", "chat": "1", "thread": "", "timezone": "UTC", "time": NOW.time(), "days": [0]}
    texts = {"language": "en", "layout": "cards", "pause_reason": ""}
    async with store.database.write() as connection:
        await connection.execute(insert(subscribers).values(id=1, **chat, **texts))
        schedule = {"time": NOW.time(), "timezone": "UTC", "days": "0123456", "next_due": NOW}
        await connection.execute(insert(schedules).values(id=1, **schedule))
        await connection.execute(insert(topics), found)
        ids = (await connection.scalars(select(topics.c.id))).all()
        own = {"subscriber_id": 1, "schedule_id": 1, "has_own_schedule": False, "instant": False}
        rows = [{"topic_id": id_, "since": NOW, "starts_at": NOW} | own for id_ in ids]
        await connection.execute(insert(subscriptions), rows)


def measure_hiding(papers: list[AnnouncedPaper], mute_count: int) -> float:
    """Seconds in which papers of twenty authors are looked through for authors whom a chat has muted."""
    pick = random.Random(mute_count)
    names = [f"{pick.choice(GIVEN_NAMES)} {pick.choice(FAMILY_NAMES)}".title() for _ in range(4_000)]
    shown = [replace(one.paper, authors=tuple(pick.sample(names, 20))) for one in papers]
    entries = tuple(Entry(paper, extract_summary(paper, "abstract")) for paper in shown)
    stored = StoredDigest(1, Topic("a", "A"), Digest("A", DAY, entries), tuple(range(len(entries))))
    mutes = tuple(f'author:"{name}"' for name in names[:mute_count])
    start = time.process_time()
    narrow_digest(stored, Narrowing(mutes=mutes), {})
    return time.process_time() - start


def iter_claims() -> Iterator[Claim]:
    papers, lines = make_papers(PAPERS), list(iter_lines(FOLLOWS))
    follows = list_expressions(lines)
    before = read_peak_megabytes()
    took = measure_matching(papers, follows)
    used = read_peak_megabytes() - before
    bare = measure_bare_queries(papers, lines[:BARE_QUERIES])
    subject = f"{FOLLOWS:,} different follows with {PAPERS:,} papers"
    yield Claim(f"match {subject}", took, "s", "as many bare FTS5 queries in memory", bare * FOLLOWS, goal=15)
    size = sum(len(one.paper.title) + len(one.paper.abstract) for one in papers) / 1e6
    yield Claim(f"memory to match {subject}", max(used, 0.1), "MB", "the papers' text", size, goal=250)
    few = measure_matching(papers, follows[: FOLLOWS // 10]) * 10
    yield Claim(f"match {FOLLOWS:,} follows", took, "s", "ten times a tenth of them", few, goal=1.5, of_ratio=True)
    half = measure_matching(papers[: PAPERS // 2], follows[: FOLLOWS // 10]) * 20
    yield Claim(f"match {PAPERS:,} papers", few, "s", "twice half of them", half, goal=1.5, of_ratio=True)
    muted, one = measure_hiding(papers[:200], 50), measure_hiding(papers[:200], 1)
    yield Claim("hide 50 authors in 200 papers of 20 authors", muted, "s", "one author", one, goal=0.5)
    with tempfile.TemporaryDirectory() as folder:
        day, digest_count, entry_count = asyncio.run(measure_day(Path(folder), papers, lines[: FOLLOWS // 20]))
    text = f"a day's {digest_count:,} digests with {entry_count:,} entries, from the database into it"
    yield Claim(text, day, "s", "matching as many alone", took / 20, goal=60)


def main() -> None:
    report_claims(*iter_claims())


if __name__ == "__main__":
    main()
