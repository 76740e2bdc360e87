"""Loading pages into SQLite with search, against parsing their Markdown with markdown-it-py."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from markdown_it import MarkdownIt

from benchmarks.claim import Claim, report_claims
from digestbot.app import open_app
from digestbot.pages.fetch import PageFetcher, find_pages
from digestbot.pages.load import PageLoader
from digestbot.settings import build_sqlite_url, load_settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "digests"
SHORT = bool(os.environ.get("BENCH_SHORT"))
ROUNDS = 1 if SHORT else 3


def measure_parsing(texts: list[str]) -> float:
    parser, start = MarkdownIt(), time.perf_counter()
    for text in texts:
        parser.parse(text)
    return time.perf_counter() - start


async def measure_loading(folder: Path, database: Path) -> float:
    async with (
        open_app(load_settings(database_url=build_sqlite_url(database))) as app,
        PageFetcher(50_000_000) as fetcher,
    ):
        start = time.perf_counter()
        await PageLoader(app.store, app.clock, fetcher).load(find_pages([str(folder)]), lambda _: None)
        return time.perf_counter() - start


def main() -> None:
    folder = SHARED if SHARED.is_dir() and not SHORT else ROOT / "digestbot" / "samples"
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))]
    loads, parses = [], []
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(ROUNDS):
            parses.append(measure_parsing(texts))
            loads.append(asyncio.run(measure_loading(folder, Path(temporary) / f"{number}.db")))
    name = f"load {len(texts)} pages of {folder.name} into SQLite with search"
    report_claims(
        Claim(name, min(loads), "s", "markdown-it-py parses the same pages", min(parses), goal=3, of_ratio=True)
    )


if __name__ == "__main__":
    main()
