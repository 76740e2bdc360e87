"""/search over 50,000 and a million papers through the whole command path, on both databases, against bare queries.

The million is made in bulk: a few minutes for each database, unless BENCH_FOLDER keeps it.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import asyncpg

from benchmarks.claim import Claim, report_claims
from benchmarks.command_times import CommandTimes, compute_percentile_99, read_cpu_with_server, time_commands
from benchmarks.corpus import Corpus
from benchmarks.made_databases import SHORT, list_sizes, make_postgresql, make_sqlite, open_folder, start_postgresql
from digestbot.app import App, open_app
from digestbot.domain.digest import Digest, Entry, Summary
from digestbot.domain.paper import Paper
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.search.search_plans import build_plans, to_fts5, to_tsquery
from tests.postgresql import PostgreSql

PAPERS, A_DIGEST = 50_000, 100
SIZES = list_sizes("50000,1000000", "300,600")
QUERIES, BARE_QUERIES = (12, 6) if SHORT else (300, 30)
SQLITE_GOAL, POSTGRESQL_GOAL = 50, 150
TEXT_BYTES = 1_250
"""Of title, authors and abstract, about."""
ENGLISH = """
gaussian splatting diffusion models neural radiance field avatar head video editing text image generation
reconstruction novel view synthesis attention transformer latent score distillation sparse camera pose depth
motion speech driven lip audio talking face segmentation point cloud mesh texture language model training
""".split()  # noqa: SIM905
CHINESE = """
高斯 扩散 模型 神经 辐射 场景 渲染 数字 人像 视频 编辑 文本 图像 生成 重建 视角 注意力 深度 姿态 语音 驱动
""".split()  # noqa: SIM905
RARE = [f"term{number}" for number in range(5000)]


# Digests with summaries, for whoever measures what is around the search


def make_digests(papers: int) -> Iterator[Digest]:
    pick, first = random.Random(1), date(2010, 1, 1)
    for number in range(0, papers, A_DIGEST):
        entries = tuple(make_entry(pick, number + i) for i in range(A_DIGEST))
        yield Digest("Everything", first + timedelta(days=number // A_DIGEST), entries)


def make_entry(pick: random.Random, number: int) -> Entry:
    words = [*pick.choices(ENGLISH, k=130), *pick.choices(RARE, k=8)]
    authors = tuple(f"{pick.choice(RARE).title()} {pick.choice(ENGLISH).title()}" for _ in range(5))
    identifier = f"{10 + number // 12000 % 90}{1 + number % 12:02}.{number:05}"
    chinese = ["".join(pick.choices(CHINESE, k=12)) for _ in range(8)]
    paper = Paper(identifier, 1, " ".join(words[:9]), authors, " ".join(words))
    return Entry(paper, Summary(chinese[0], tuple(chinese[1:])))


def make_terms() -> list[str]:
    pick = random.Random(2)
    kinds = (
        lambda: " ".join(pick.choices(ENGLISH, k=2)),
        lambda: pick.choice(ENGLISH),
        lambda: pick.choice(CHINESE),
        lambda: f"{pick.choice(CHINESE)} {pick.choice(ENGLISH)}",
        lambda: pick.choice(RARE),
        lambda: pick.choice(RARE)[:5],
    )
    return [pick.choice(kinds)() for _ in range(QUERIES)]


async def fill_store(app: App, papers: int = PAPERS) -> None:
    waiting = []
    for digest in make_digests(papers):
        waiting.append((PageKey(digest.date.isoformat(), "", {}), [digest]))
        if len(waiting) == 20:
            await app.store.digests.save_pages(waiting, app.clock.now())
            waiting = []
    if waiting:
        await app.store.digests.save_pages(waiting, app.clock.now())


# The search itself, over papers that were announced


def make_searches(corpus: Corpus) -> list[str]:
    """What people type: a word, some that stand together, some that do not, beginnings, and titles."""
    pick = random.Random(2)
    sentences = [paper.title.split() for _, paper in zip(range(500), corpus.iter_papers(), strict=False)]
    common = corpus.words[30:100]
    kinds = (
        lambda: pick.choice(common),
        lambda: " ".join(pick.choices(common, k=2)),
        lambda: " ".join(pick.choice(sentences)[:2]),
        lambda: " ".join(pick.choice(sentences)[:3]),
        lambda: " ".join(pick.choice(sentences)),
        lambda: pick.choice(corpus.words[100:]),
        lambda: pick.choice(pick.choice(sentences))[:6],
        lambda: f"{pick.choice(common)} {pick.choice(corpus.words[1_000:])} {pick.choice(common)}",
    )
    return [pick.choice(kinds)() for _ in range(QUERIES)]


async def measure_path(url: str, searches: list[str], read_cpu: Callable[[], float]) -> CommandTimes:
    """The whole way, from a message to its answer's card."""
    async with open_app(load_settings(database_url=url)) as app:
        return await time_commands(app, [f"/search {words}" for words in searches], read_cpu)


def measure_sqlite(folder: Path, papers: int, searches: list[str]) -> tuple[CommandTimes, float, int]:
    """The whole path and the bare query in milliseconds, and the file's bytes."""
    database = make_sqlite(folder, papers)
    times = asyncio.run(measure_path(build_sqlite_url(database), searches, time.process_time))
    bare = []
    connection = sqlite3.connect(database)
    for words in searches[:BARE_QUERIES]:
        start = time.process_time()
        statement = "SELECT rowid FROM paper_search WHERE paper_search MATCH ? ORDER BY rank LIMIT 10"
        connection.execute(statement, (to_fts5(build_plans(words)[0]),)).fetchall()
        bare.append(time.process_time() - start)
    connection.close()
    return times, compute_percentile_99(bare), database.stat().st_size


async def measure_bare_postgresql(url: str, searches: list[str], read_cpu: Callable[[], float]) -> float:
    """The bare query in milliseconds of the processors."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    times = []
    for words in searches[:BARE_QUERIES]:
        start = read_cpu()
        await connection.fetch(
            "SELECT id FROM paper_search WHERE document @@ $1::text::tsquery"
            " ORDER BY ts_rank_cd(document, $1::text::tsquery) DESC LIMIT 10",
            to_tsquery(build_plans(words)[0]),
        )
        times.append(read_cpu() - start)
    await connection.close()
    return compute_percentile_99(times)


def measure_postgresql(server: PostgreSql, papers: int, searches: list[str]) -> tuple[CommandTimes, float]:
    """The whole path and the bare query in milliseconds."""
    url, read_cpu = make_postgresql(server, papers), partial(read_cpu_with_server, server)
    times = asyncio.run(measure_path(url, searches, read_cpu))
    return times, asyncio.run(measure_bare_postgresql(url, searches, read_cpu))


def iter_claims(folder: Path) -> Iterator[Claim]:
    """Each size's times on each database, and how much longer the largest takes than the smallest."""
    searches = make_searches(Corpus(max(SIZES)))
    found = {papers: measure_sqlite(folder, papers, searches) for papers in SIZES}
    for papers, (times, bare, size) in found.items():
        yield from _claim_search("SQLite", papers, times, bare, SQLITE_GOAL)
        yield _claim_size(papers, size)
    yield _claim_growth("SQLite", {papers: times for papers, (times, _, _) in found.items()})
    server = start_postgresql(folder)
    served = {papers: measure_postgresql(server, papers, searches) for papers in SIZES}
    for papers, (times, bare) in served.items():
        yield from _claim_search("PostgreSQL", papers, times, bare, POSTGRESQL_GOAL)
    yield _claim_growth("PostgreSQL", {papers: times for papers, (times, _) in served.items()})
    server.stop()


def _claim_search(database: str, papers: int, times: CommandTimes, bare: float, goal: float) -> Iterator[Claim]:
    name, bare_name = f"/search over {papers:,} papers on {database}, 99% of {QUERIES}", "the bare full-text query, 99%"
    yield Claim(f"{name}: by the clock", times.waited, "ms", bare_name, bare, goal=goal)
    yield Claim(f"{name}: of the processors", times.worked, "ms", bare_name, bare, goal=goal)


def _claim_growth(database: str, times: Mapping[int, CommandTimes]) -> Claim:
    name, few = f"/search over {max(times):,} papers on {database}, of the processors", times[min(times)].worked
    return Claim(name, times[max(times)].worked, "ms", f"over {min(times):,}", few, goal=1.5, of_ratio=True)


def _claim_size(papers: int, size: int) -> Claim:
    """Bytes a paper are megabytes a million papers."""
    name = f"a file of {papers:,} papers, for each million"
    return Claim(name, size / papers, "MB", "text of a million papers", TEXT_BYTES, goal=6_000)


def main() -> None:
    with open_folder() as folder:
        report_claims(*iter_claims(folder))


if __name__ == "__main__":
    main()
