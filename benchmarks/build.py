"""A hundred papers through the whole build, beside the model alone; and cutting figures, beside drawing the page.

The whole text of each paper is read, with its figures. The model takes ``SECONDS`` for an answer, which is fast for the
600 tokens of one, and answers eight at once. arXiv's delay between requests is left out there, since arXiv sets it, not
the builder: it is waited for while the model answers, which a second build shows, with a delay.

The builder is a process of its own, ``python -m benchmarks.build DATABASE ARXIV MODEL DELAY``: so its memory is its own
too.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import aiohttp
import pypdfium2
import structlog

from benchmarks.claim import Claim, report_claims
from benchmarks.papers import ServerAddresses, run_servers
from digestbot.app import open_app, open_builder
from digestbot.builder.texts.pdf_reader import read_pages
from digestbot.domain.build_spec import BuildSpec
from digestbot.domain.topic import Topic
from digestbot.settings import build_sqlite_url, load_settings
from tests.builder.endpoint import ModelEndpoint
from tests.builder.papers import pdf_paper

SHORT = bool(os.environ.get("BENCH_SHORT"))
PAPERS, SECONDS = (8, 0.05) if SHORT else (100, 2.0)
PACED_PAPERS, DELAY_SECONDS = 24, 1.0
AT_ONCE = 8
PAGES = 4 if SHORT else 200
_DOTS_PER_INCH = 144


async def run_build(database: str, arxiv: str, model: str, delay: str) -> dict[str, float]:
    """Make a digest; seconds, papers, and the most memory in megabytes, with the libraries loaded and at the end."""
    own = {
        "arxiv_api": f"{arxiv}/api/query",
        "arxiv_oai": f"{arxiv}/oai",
        "arxiv_pages": arxiv,
        "arxiv_delay_seconds": float(delay),
        "concurrency": AT_ONCE,
        "daily_token_limit": 10**9,
        "models": [{"name": "m", "account": "openai", "base_url": model}],
        "api_keys": {"openai": ModelEndpoint.key},
    }
    brief = BuildSpec(Topic("loops", "Loops"), queries=("abs:loops",), max_papers=200)
    settings = load_settings(database_url=database, builder=own, allow_private_hosts=True)
    for name in ("models.model_writer", "sources.collector"):
        import_module(f"digestbot.builder.{name}")  # they load late
    loaded = _measure_peak_memory()
    async with open_app(settings) as app, open_builder(app) as (builder, publisher):
        start, now = time.perf_counter(), datetime.now(UTC)
        built = await builder.build(brief, now.date(), now, lambda *_: None)
        await publisher.publish(built)
        seconds = time.perf_counter() - start
    written = sum(made.entry.summary.writer == "m" for made in built.entries)
    return {"seconds": seconds, "papers": written, "loaded": loaded, "megabytes": _measure_peak_memory()}


def _measure_peak_memory() -> float:
    """The most megabytes that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


async def ask_alone(model: str) -> float:
    """The model asked the same number of times, so many at once, and nothing else."""
    gate, seconds = asyncio.Semaphore(AT_ONCE), time.perf_counter()
    tool = {"function": {"name": "t", "parameters": {"properties": {"headline": {}}}}}
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "tools": [tool]}
    headers = {"Authorization": f"Bearer {ModelEndpoint.key}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask_once() -> None:
            async with gate, session.post(f"{model}/chat/completions", json=body) as response:
                await response.read()

        await asyncio.gather(*(ask_once() for _ in range(PAPERS)))
    return time.perf_counter() - seconds


def measure_builder(servers: ServerAddresses, delay: float = 0.0) -> dict[str, float]:
    """The builder's own figures, with so many seconds between requests to arXiv."""
    with tempfile.TemporaryDirectory() as folder:
        database = build_sqlite_url(Path(folder) / "a.db")
        command = [sys.executable, "-m", "benchmarks.build", database, servers.arxiv, servers.model, str(delay)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure_paced_builder() -> Claim:
    """The seconds of a build that waits between requests, beside those waits and the last paper's answer."""
    with run_servers(PACED_PAPERS, SECONDS) as servers:
        made = measure_builder(servers, DELAY_SECONDS)
    assert made["papers"] == PACED_PAPERS, f"{made['papers']} of {PACED_PAPERS} papers were summarised"
    name, least = f"build {PACED_PAPERS} papers at arXiv's pace", PACED_PAPERS * DELAY_SECONDS + SECONDS
    return Claim(name, made["seconds"], "s", "the pace alone, and one answer", least, 1.2, of_ratio=True)


def measure_pdf() -> tuple[float, float]:
    """Seconds a page for its text and figures, and for drawing it."""
    raw = pdf_paper()
    own, drawn = [], []
    for _ in range(PAGES // 2):
        start = time.perf_counter()
        read_pages(raw)
        own.append((time.perf_counter() - start) / 2)
        start = time.perf_counter()
        document = pypdfium2.PdfDocument(raw)
        for page in document:
            page.render(scale=_DOTS_PER_INCH / 72).to_pil()
        drawn.append((time.perf_counter() - start) / 2)
    return statistics.median(own), statistics.median(drawn)


def main() -> None:
    with run_servers(PAPERS, SECONDS) as servers:
        made = measure_builder(servers)
        told = json.load(urllib.request.urlopen(servers.told))
        alone = asyncio.run(ask_alone(servers.model))
    assert made["papers"] == PAPERS, f"{made['papers']} of {PAPERS} papers were summarised"
    own, drawn = measure_pdf()
    name = f"build {PAPERS} papers, {AT_ONCE} at once"
    tokens, whole = told["tokens"] / PAPERS, 30_000 / 4
    report_claims(
        Claim(name, made["seconds"], "s", "the model alone", alone, 1.2, of_ratio=True),
        *([] if SHORT else [measure_paced_builder()]),
        Claim("questions a paper", told["calls"] / PAPERS, "", "one", 1.0, 1),
        Claim("tokens a paper, in and out", tokens, "tokens", "its text alone", whole, 1.5, of_ratio=True),
        Claim("memory of a build", made["megabytes"], "MB", "the libraries loaded", made["loaded"], 300),
        Claim("text and figures of a PDF's page", own * 1000, "ms", "drawing the page", drawn * 1000, 3, of_ratio=True),
    )


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if len(sys.argv) > 1:
        print(json.dumps(asyncio.run(run_build(*sys.argv[1:5]))))
    else:
        main()
