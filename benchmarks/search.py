"""/search over 50,000 papers through the whole command path, against the bare FTS5 query."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.claim import Claim, report_claims
from digestbot.app import App, open_app
from digestbot.core.ports import IncomingMessage
from digestbot.domain.digest import Digest, Entry, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Address
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store.digest_writer import PageKey
from digestbot.store.search import to_fts5_queries

PAPERS, A_DIGEST, QUERIES = 50_000, 100, 300
ENGLISH = """
gaussian splatting diffusion models neural radiance field avatar head video editing text image generation
reconstruction novel view synthesis attention transformer latent score distillation sparse camera pose depth
motion speech driven lip audio talking face segmentation point cloud mesh texture language model training
""".split()  # noqa: SIM905
CHINESE = """
高斯 扩散 模型 神经 辐射 场景 渲染 数字 人像 视频 编辑 文本 图像 生成 重建 视角 注意力 深度 姿态 语音 驱动
""".split()  # noqa: SIM905
RARE = [f"term{number}" for number in range(5000)]


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


async def measure_search(database: Path) -> tuple[float, float]:
    bare, whole = [], []
    async with open_app(load_settings(database_url=build_sqlite_url(database))) as app:
        await fill_store(app)
        connection = sqlite3.connect(database)
        statement = "SELECT rowid FROM paper_search WHERE paper_search MATCH ? ORDER BY rank LIMIT 10"
        for words in make_terms():
            start = time.perf_counter()
            connection.execute(statement, (to_fts5_queries(words)[0],)).fetchall()
            bare.append(time.perf_counter() - start)
            start = time.perf_counter()
            card = (
                await app.dispatcher.handle_message(IncomingMessage(Address("bench", "1"), f"/search {words}", "en"))
            ).card
            whole.append(time.perf_counter() - start)
            assert card.ok, words
        connection.close()
    return compute_percentile_99(whole), compute_percentile_99(bare)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        whole, bare = asyncio.run(measure_search(Path(temporary) / "search.db"))
    name = f"/search over {PAPERS:,} papers, 99% of {QUERIES} stay under"
    report_claims(Claim(name, whole, "ms", "the bare FTS5 query, 99%", bare, goal=50))


if __name__ == "__main__":
    main()
