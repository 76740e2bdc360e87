"""/search over 50,000 and a million papers through the whole command path, on both databases, against bare queries.

The million is made anew for each run, in bulk: a few minutes for each database.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from benchmarks.claim import Claim, report_claims
from benchmarks.corpus import Corpus, fill_postgresql, fill_sqlite
from digestbot.app import App, open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.digest import Digest, Entry, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Address
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.digests.digest_writer import PageKey
from digestbot.store.search.search_plans import build_plans, to_fts5, to_tsquery
from tests.postgresql import PostgreSql

SHORT = bool(os.environ.get("BENCH_SHORT"))
PAPERS, A_DIGEST = 50_000, 100
SIZES = (300, 600) if SHORT else (PAPERS, 1_000_000)
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


def compute_percentile_99(times: list[float]) -> float:
    """The time in milliseconds that 99% stay under."""
    return sorted(times)[int(len(times) * 0.99)] * 1000


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


async def measure_path(url: str, searches: list[str]) -> float:
    """Milliseconds from a message to its answer's card, which 99% stay under."""
    times = []
    async with open_app(load_settings(database_url=url)) as app:
        for words in (searches[0], *searches):  # the first time, what answers is imported
            message = IncomingMessage(Address("bench", "1"), f"/search {words}", "en")
            start = time.perf_counter()
            card = (await app.dispatcher.handle_message(message)).card
            times.append(time.perf_counter() - start)
            assert card.ok, words
    return compute_percentile_99(times[1:])


async def migrate_empty(url: str) -> None:
    async with open_app(load_settings(database_url=url)):
        pass


def measure_sqlite(folder: Path, papers: int) -> tuple[float, float, int]:
    """The whole path and the bare query in milliseconds, and the file's bytes."""
    corpus, database = Corpus(papers), folder / f"{papers}.db"
    asyncio.run(migrate_empty(build_sqlite_url(database)))
    fill_sqlite(database, corpus)
    searches, size = make_searches(corpus), database.stat().st_size
    whole = asyncio.run(measure_path(build_sqlite_url(database), searches))
    bare = []
    connection = sqlite3.connect(database)
    for words in searches[:BARE_QUERIES]:
        start = time.perf_counter()
        statement = "SELECT rowid FROM paper_search WHERE paper_search MATCH ? ORDER BY rank LIMIT 10"
        connection.execute(statement, (to_fts5(build_plans(words)[0]),)).fetchall()
        bare.append(time.perf_counter() - start)
    connection.close()
    database.unlink()
    return whole, compute_percentile_99(bare), size


async def measure_bare_postgresql(dsn: str, searches: list[str]) -> float:
    connection = await asyncpg.connect(dsn)
    times = []
    for words in searches[:BARE_QUERIES]:
        start = time.perf_counter()
        await connection.fetch(
            "SELECT id FROM paper_search WHERE document @@ $1::text::tsquery"
            " ORDER BY ts_rank_cd(document, $1::text::tsquery) DESC LIMIT 10",
            to_tsquery(build_plans(words)[0]),
        )
        times.append(time.perf_counter() - start)
    await connection.close()
    return compute_percentile_99(times)


def measure_postgresql(server: PostgreSql, papers: int) -> tuple[float, float]:
    """The whole path and the bare query in milliseconds."""
    corpus = Corpus(papers)
    searches = make_searches(corpus)
    with server.open_database() as url:
        dsn = url.replace("+asyncpg", "")
        asyncio.run(fill_postgresql(dsn, corpus))
        whole = asyncio.run(measure_path(url, searches))
        return whole, asyncio.run(measure_bare_postgresql(dsn, searches))


def main() -> None:
    claims = []
    with tempfile.TemporaryDirectory() as temporary:
        for papers in SIZES:
            whole, bare, size = measure_sqlite(Path(temporary), papers)
            claims.append(_claim_search("SQLite", papers, whole, bare, SQLITE_GOAL))
            claims.append(
                Claim(
                    f"a file of {papers:,} papers",
                    size / papers,
                    "bytes a paper",
                    "bytes of a paper",
                    1_500,
                    goal=6_000,
                )
            )
        server = PostgreSql(Path(temporary) / "server")
        for papers in SIZES:
            whole, bare = measure_postgresql(server, papers)
            claims.append(_claim_search("PostgreSQL", papers, whole, bare, POSTGRESQL_GOAL))
    report_claims(*claims)


def _claim_search(database: str, papers: int, whole: float, bare: float, goal: float) -> Claim:
    name = f"/search over {papers:,} papers on {database}, 99% of {QUERIES} stay under"
    return Claim(name, whole, "ms", "the bare full-text query, 99%", bare, goal=goal)


if __name__ == "__main__":
    main()
