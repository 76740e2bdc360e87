"""Harvesting and storing a day of 1,500 papers, beside what ElementTree alone takes for the same records.

The day is served on loopback as arXiv serves it: the listings of 20 archives, and OAI-PMH with a thousand records a
page, of which two in five are old ones that were merely touched. What is counted is the processor's time of the
harvester, of the parsers' processes and of the database. The server is a process of its own, ``python -m
benchmarks.harvest serve``, and arXiv's delays are left out: nobody computes while they are waited for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import structlog

from benchmarks.claim import Claim, report_claims
from digestbot import sandbox
from digestbot.app import open_app, open_harvester
from digestbot.domain.arxiv.announcement import AnnouncementDay, DayState
from digestbot.domain.arxiv.archives import ARCHIVES
from digestbot.settings import build_sqlite_url, load_settings
from tests.announcements import arxiv as announcing
from tests.announcements.arxiv import REPLACED, open_announcing_arxiv
from tests.builder.archive import Submission, render_oai
from tests.fakes import ManualClock

SHORT = bool(os.environ.get("BENCH_SHORT"))
PAPERS = 60 if SHORT else 1_500
ROUNDS = 1 if SHORT else 3
DAY, DAY_BEFORE = date(2026, 11, 24), date(2026, 11, 23)
_RECORDS_PER_PAGE = 1_000
_LIFETIME_SECONDS = 300
_TEX_SHARE = 0.4
"""How many of the abstracts have formulas or commands, three each."""
_TEX_WORDS = ("$\\alpha$", "$O(n\\log n)$", "\\emph{in vivo}", "G\\'omez", "$10^{-3}$")
_TEXT = (
    "we propose a method for the estimation of stable fields with neural operators and show that it "
    "converges faster than others on large-scale benchmarks of protein structure in linear time"
)


def make_papers() -> tuple[list[Submission], list[Submission]]:
    """What is announced, and what was merely touched."""
    pick = random.Random(22)
    subjects = [*["cs.AI", "cs.CV", "cs.LG"] * 4, *ARCHIVES[1:]]

    def make(number: str) -> Submission:
        words = pick.choices(_TEXT.split(), k=180)
        if pick.random() < _TEX_SHARE:
            words[20:20] = pick.choices(_TEX_WORDS, k=3)
        authors = tuple(f"Ada {chr(65 + pick.randrange(26))}. Moreno" for _ in range(pick.randrange(1, 9)))
        categories = tuple(dict.fromkeys(pick.choices(subjects, k=2)))
        moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
        comment = "12 pages, accepted at NeurIPS 2026, code at https://github.com/a/b"
        return Submission(number, " ".join(words[:10]), " ".join(words), authors, 1, comment, categories, moment)

    return [make(f"2611.{n:05}") for n in range(PAPERS)], [make(f"2301.{n:05}") for n in range(PAPERS * 2 // 3)]


async def serve() -> None:
    """Serve for five minutes at most; the first line says where."""
    announcing.RECORDS_PER_PAGE = _RECORDS_PER_PAGE
    async with open_announcing_arxiv() as arxiv:
        announced, arxiv.touched = make_papers()
        half = len(announced) // 2
        arxiv.announce(DAY, *announced[:half])
        arxiv.announce(DAY, *announced[half:], kind=REPLACED)
        print(json.dumps([arxiv.url, arxiv.oai, arxiv.api]), flush=True)
        await asyncio.sleep(_LIFETIME_SECONDS)


async def measure_harvest(database: Path, pages: str, oai: str, api: str) -> float:
    """The seconds of processor time of a harvest, with its parsers and its database; opening that does not count."""
    own = {"arxiv_pages": pages, "arxiv_oai": oai, "arxiv_api": api, "arxiv_delay_seconds": 0}
    settings = load_settings(
        database_url=build_sqlite_url(database), builder=own, allow_private_hosts=True, announcements={"enabled": True}
    )
    clock = ManualClock("2026-11-24 09:00")
    async with open_app(settings, clock) as app, open_harvester(app) as harvester:
        await app.store.announcements.save_day(AnnouncementDay(DAY_BEFORE, DayState.QUIET, clock.now()))
        before = _read_cpu_seconds()
        await harvester.harvest_due()
        sandbox._pool.close()
        seconds = _read_cpu_seconds() - before
        assert await app.store.announcements.count_papers(DAY) == PAPERS
    return seconds


def measure_parsing() -> float:
    announced, touched = make_papers()
    raw = render_oai("ListRecords", [*announced, *touched], "").encode()
    start = time.process_time()
    ElementTree.fromstring(raw)
    return time.process_time() - start


def _read_cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parsing = min(measure_parsing() for _ in range(3))
    command = [sys.executable, "-m", "benchmarks.harvest", "serve"]
    with tempfile.TemporaryDirectory() as temporary, subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout
            addresses = json.loads(server.stdout.readline())
            databases = [Path(temporary) / f"{number}.db" for number in range(ROUNDS)]
            seconds = min(asyncio.run(measure_harvest(database, *addresses)) for database in databases)
        finally:
            server.kill()
    name = f"harvest and store a day of {PAPERS:,} papers, processor time"
    report_claims(Claim(name, seconds, "s", "ElementTree parses its records", parsing, goal=5))


if __name__ == "__main__":
    asyncio.run(serve()) if sys.argv[1:] == ["serve"] else main()
