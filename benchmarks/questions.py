"""Questions about papers: how soon passages are found, and how often; what answers and summaries take beside a model.

    python -m benchmarks.questions         all figures
    python -m benchmarks.questions table   the fifty questions, each with the rank of the passage that answers it

The fifty (``tests/papers/pairs.py``) need the real papers beside the checkout. Their share counts what a model would be
shown: the passages found with their neighbours, or all of a paper that is that short. No model takes part in finding.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from benchmarks.claim import Claim, report_claims
from digestbot.app import App
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.papers.passage_ranking import find_passages, index_paragraphs
from digestbot.settings import build_sqlite_url, load_settings
from digestbot.store import Store
from digestbot.store.open_store import open_store
from digestbot.store.tables import paper_paragraphs
from tests.builder.archive import open_archive
from tests.builder.endpoint import ModelEndpoint, open_endpoint
from tests.fakes import ManualClock
from tests.papers.asked import GPUS, NUMBER, add_page, ask, open_desk
from tests.papers.pairs import Outcome, look_for, read_pairs
from tests.papers.summarizing import HEADLINE, add_paper, ask_words, make_settings, open_summarizing
from tests.places import REAL

SHORT = bool(os.environ.get("BENCH_SHORT"))
PAGES, PARAGRAPHS_A_PAGE = 200, 6
ROUNDS, SUMMARIES = (3, 2) if SHORT else (15, 5)
MODEL_SECONDS = 0.3 if SHORT else 3.0
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
_WORDS_TEXT = """
model training accuracy layer network dataset selector query baseline ablation learning rate batch optimizer encoder
decoder attention head token sequence gradient loss evaluation benchmark result improvement method paper
"""
_WORDS = _WORDS_TEXT.split()
QUESTIONS = (
    "How many GPUs was the selector trained on?",
    "which learning rate and batch size did they use for training the model, and why?",
    "学习率和批大小是多少？",
)


def make_thesis() -> list[PaperParagraph]:
    """A text of 200 pages, a paragraph of 110 words after another, with common and rare words as texts have them."""
    chance = random.Random(1)
    vocabulary = [f"word{number}" for number in range(60)]  # those that stand everywhere
    vocabulary += [*_WORDS, *(f"term{number}" for number in range(4_000))]
    shares = [1 / (place + 5) for place in range(len(vocabulary))]
    return [
        PaperParagraph(
            f"Chapter {number // 60}",
            f"{' '.join(chance.choices(vocabulary, shares, k=110))} {number}.",
            number // PARAGRAPHS_A_PAGE + 1,
        )
        for number in range(PAGES * PARAGRAPHS_A_PAGE)
    ]


async def measure_passages(folder: Path) -> Claim:
    """How long passages of a stored text take to find, beside reading its rows alone."""
    async with open_store(build_sqlite_url(folder / "texts.db")) as store:
        await store.paper_texts.save_text("2611.90200", 1, "pdf", index_paragraphs(make_thesis()), NOW)
        reading = await time_rounds(lambda _: read_rows(store))
        finding = await time_rounds(lambda number: find(store, QUESTIONS[number % len(QUESTIONS)]))
    claim = f"passages of a text of {PAGES} pages, from the database"
    row_reading = "reading the text's rows alone"
    return Claim(
        claim, finding.seconds * 1000, "ms", row_reading, reading.seconds * 1000, 50, processor=finding.processor * 1000
    )


async def find(store: Store, question: str) -> None:
    """What is done for a question before any model is asked."""
    text = await store.paper_texts.find_text("2611.90200", 1, NOW)
    assert text is not None
    assert find_passages(text.paragraphs, question)


async def read_rows(store: Store) -> None:
    """The rows, with nothing made of them."""
    async with store.database.read() as connection:
        assert len((await connection.execute(select(paper_paragraphs))).all()) == PAGES * PARAGRAPHS_A_PAGE


async def measure_answers(folder: Path) -> Claim:
    """How long an answer takes that a model writes, beside asking the model the same."""
    settings = load_settings(database_url=build_sqlite_url(folder / "asked.db"), delivery_jitter_seconds=0)
    async with open_archive() as archive, open_endpoint() as endpoint:
        add_page(archive)
        endpoint.answer, endpoint.delay = GPUS, MODEL_SECONDS
        async with open_desk(settings, ManualClock("2026-11-24 09:00"), archive, endpoint, person_limit=1_000) as app:
            await answer(app, "0")  # reads the paper and imports the model's client, once a day and once a process
            whole = await time_rounds(lambda number: answer(app, f"round {number}"))
            body = endpoint.asked[-1]
            alone = await time_rounds(lambda _: ask_model(endpoint, body))
    return _build_model_claim("answer to a question", whole, alone)


def _build_model_claim(claim: str, whole: Took, alone: Took) -> Claim:
    own = whole.processor - alone.processor  # the servers on loopback are in this process too
    return Claim(claim, whole.seconds, "s", "the model alone", alone.seconds, 1.2, of_ratio=True, processor=own)


async def measure_summaries(folder: Path) -> Claim:
    """How long a summary takes, with its paper read and all checked, beside asking the model the same."""
    async with open_archive() as archive, open_endpoint() as endpoint:
        settings = make_settings(build_sqlite_url(folder / "summed.db"), archive, endpoint, folder, person_limit=1_000)
        endpoint.delay = MODEL_SECONDS
        async with open_summarizing(settings) as app:
            for number in range(SUMMARIES + 1):
                await add_paper(app, archive, f"2611.{number + 1:05}")
            whole = await time_rounds(lambda number: summarize(app, f"2611.{number + 1:05}"), SUMMARIES)
            body = endpoint.asked[-1]
            alone = await time_rounds(lambda _: ask_model(endpoint, body), SUMMARIES)
    return _build_model_claim("summary of a paper on request", whole, alone)


async def summarize(app: App, number: str) -> None:
    """Have a paper summarised."""
    assert HEADLINE in await ask_words(app, f"/summarize {number}")


async def answer(app: App, more: str) -> None:
    """Ask something that is not kept."""
    _, said = await ask(app, f"/ask {NUMBER} How many GPUs was the selector trained on in {more}?")
    assert "Eight H100 GPUs" in said


async def ask_model(endpoint: ModelEndpoint, body: dict[str, Any]) -> None:
    """The same request as a client without anything around it sends it."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {endpoint.key}"}) as session,
        session.post(f"{endpoint.url}/chat/completions", json=body) as response,
    ):
        assert response.status == 200
        await response.read()


class Took(NamedTuple):
    """Medians of several rounds: seconds by the clock, and of the processor."""

    seconds: float
    processor: float


async def time_rounds(work: Callable[[int], Awaitable[None]], rounds: int = ROUNDS) -> Took:
    """How long some work takes, after a first round that does not count."""
    await work(0)
    took = []
    for number in range(1, rounds + 1):
        began, processor = time.perf_counter(), time.process_time()
        await work(number)
        took.append((time.perf_counter() - began, time.process_time() - processor))
    seconds, of_processor = map(statistics.median, zip(*took, strict=True))
    return Took(seconds, of_processor)


def count_found() -> list[Claim]:
    """How often the passage that answers is among those found, of the fifty questions."""
    outcomes = [look_for(pair) for pair in read_pairs()]
    parts = {
        "of 50 questions": outcomes,
        "of those that were not looked at": [one for one in outcomes if one.pair.part == "held"],
        "in the paper's language": [one for one in outcomes if one.pair.languages == "same"],
    }
    return [_build_share(name, chosen) for name, chosen in parts.items()]


def _build_share(name: str, outcomes: list[Outcome]) -> Claim:
    found = sum(one.is_found for one in outcomes) / len(outcomes)
    first = sum(one.rank == 1 for one in outcomes) / len(outcomes)
    return Claim(f"passage found, {name}", found, "", "first of all", first, 0.9, at_least=True)


def print_table() -> None:
    """The fifty, one a line."""
    table = Table("part", "languages", "rank", "found", "question", "paper")
    for one in map(look_for, read_pairs()):
        found = "whole paper" if one.is_whole else "yes" if one.is_found else "NO"
        table.add_row(
            one.pair.part, one.pair.languages, str(one.rank or "–"), found, one.pair.question, one.pair.file[:40]
        )
    Console(markup=False, width=160).print(table)


async def main() -> list[Claim]:
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        return [await measure_passages(there), await measure_answers(there), await measure_summaries(there)]


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if sys.argv[1:] == ["table"]:
        print_table()
    else:
        report_claims(*asyncio.run(main()), *(count_found() if REAL.is_dir() else []))
