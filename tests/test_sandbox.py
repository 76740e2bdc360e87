"""What strangers wrote is parsed in processes of their own: they have so much time and memory, and know no secret."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digestbot import sandbox
from digestbot.builder.candidates import Candidate, ListedPaper
from digestbot.builder.sources.feeds import FeedContents, parse_feed
from digestbot.builder.texts.html_reader import parse_html
from digestbot.domain.paper import Paper
from digestbot.errors import PageError, SourceError
from digestbot.pages.downloaded import parse_downloaded_page, read_page
from digestbot.pages.markdown import parse_page
from digestbot.sandbox import ParsingTimeoutError, UnreadableError, run_for_person, run_in_sandbox
from tests import sandboxed
from tests.factories import make_page, make_page_entry
from tests.places import ROOT
from tests.process_states import is_running
from tests.waiting import HANG_SECONDS, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither forks nor such limits")


@pytest.fixture(autouse=True)
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[sandbox._WorkerPool]:
    """Workers of this test, which find this module."""
    pool = sandbox._WorkerPool()
    monkeypatch.setattr(sandbox, "_pool", pool)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield pool
    pool.close()


async def test_each_piece_of_work_has_a_process_of_its_own_and_one_that_stays_forks_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIGESTBOT_TELEGRAM__TOKEN", "4242:secret")
    assert await run_in_sandbox(sandboxed.tell_secrets, HANG_SECONDS) == []
    first, second = [await run_in_sandbox(sandboxed.tell_process, HANG_SECONDS) for _ in range(2)]
    assert first[0] != second[0]
    assert first[1] == second[1] != os.getpid()


async def test_errors_come_back_as_what_they_are_and_others_by_their_name(pool: sandbox._WorkerPool) -> None:
    with pytest.raises(PageError, match="line 7: is not a page") as caught:
        await run_in_sandbox(sandboxed.raise_error, HANG_SECONDS, "page")
    assert caught.value.line == 7
    with pytest.raises(SourceError, match=r"^is gone$"):
        await run_in_sandbox(sandboxed.raise_error, HANG_SECONDS, "source")
    for work, told in (
        (lambda: run_in_sandbox(sandboxed.raise_error, HANG_SECONDS, "key"), "KeyError"),
        (lambda: run_in_sandbox(sandboxed.raise_settings_error, HANG_SECONDS), "SettingsError"),
        (lambda: run_in_sandbox(sandboxed.fill_memory, HANG_SECONDS), "MemoryError"),
        (lambda: run_in_sandbox(sandboxed.crash, HANG_SECONDS), "crashed"),
        (lambda: run_in_sandbox(sandboxed.answer_half, HANG_SECONDS), "crashed"),
        (lambda: run_in_sandbox(sandboxed.answer_endlessly, HANG_SECONDS), "crashed"),
        (lambda: run_in_sandbox(sandboxed.answer_nonsense, HANG_SECONDS), "nonsense"),
        (lambda: run_in_sandbox(sandboxed.forge_error, HANG_SECONDS), "BaseException"),
        (lambda: run_in_sandbox(sandboxed.answer_too_much, HANG_SECONDS), "too much"),
    ):
        async with asyncio.timeout(HANG_SECONDS):
            with pytest.raises(SourceError, match=told):
                await work()
        assert await run_in_sandbox(sandboxed.give_back, HANG_SECONDS, b"\x00\xff") == b"\x00\xff"  # and it goes on


async def test_nothing_is_written_to_the_disk_from_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        await run_in_sandbox(sandboxed.write_file, HANG_SECONDS, str(tmp_path / "a"))
    assert not (tmp_path / "a").exists() or not (tmp_path / "a").stat().st_size


@pytest.mark.parametrize("work", [sandboxed.hang, sandboxed.spin])
async def test_what_takes_too_long_is_ended_and_its_process_with_it(work, pool: sandbox._WorkerPool) -> None:
    waiting = (await run_in_sandbox(sandboxed.tell_process, HANG_SECONDS))[1]
    with pytest.raises(ParsingTimeoutError, match="was not read within 1 seconds"):
        await run_in_sandbox(work, 0.6)
    await wait_until(lambda: not is_running(waiting))
    assert (await run_in_sandbox(sandboxed.tell_process, HANG_SECONDS))[1] != waiting


async def test_whoever_stops_waiting_ends_the_work_and_frees_its_place() -> None:
    waiting = (await run_in_sandbox(sandboxed.tell_process, HANG_SECONDS))[1]
    for _ in range(2):
        works = [run_in_sandbox(sandboxed.hang, HANG_SECONDS) for _ in range(sandbox._MAX_PROCESSES + 2)]
        tasks = [asyncio.create_task(work) for work in works]
        await wait_until(lambda: sandbox._start_threads()._work_queue.qsize() == 2)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(error, asyncio.CancelledError) for error in ended)
    await wait_until(lambda: not is_running(waiting))
    async with asyncio.timeout(HANG_SECONDS):
        assert await run_in_sandbox(sandboxed.give_back, HANG_SECONDS, b"a") == b"a"


async def test_what_a_person_waits_for_does_not_wait_for_long_work() -> None:
    tasks = [
        asyncio.create_task(run_in_sandbox(sandboxed.hang, HANG_SECONDS)) for _ in range(sandbox._MAX_PROCESSES + 1)
    ]
    await wait_until(lambda: sandbox._start_threads()._work_queue.qsize() == 1)
    assert await run_for_person(sandboxed.give_back, HANG_SECONDS, b"a") == b"a"
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_worker_that_had_nothing_to_do_and_ended_is_replaced(pool: sandbox._WorkerPool) -> None:
    first = (await run_in_sandbox(sandboxed.tell_process, HANG_SECONDS))[1]
    worker = pool.take()
    worker._requests.close()  # as it sees it, there is nothing more to do
    await wait_until(lambda: not is_running(first))
    pool._workers.append(worker)
    assert (await run_in_sandbox(sandboxed.tell_process, HANG_SECONDS))[1] != first
    late = pool.take()
    late._process.send_signal(signal.SIGSTOP)  # it is about to end, and not seen to have
    pool.put(late)
    work = asyncio.create_task(run_in_sandbox(sandboxed.give_back, HANG_SECONDS, b"a"))
    await wait_until(lambda: not pool._workers)
    late._process.kill()
    with pytest.raises(UnreadableError, match="crashed"):  # nobody knows what it had begun
        await work


async def test_the_loop_goes_on_while_a_stranger_has_something_parsed() -> None:
    turns = 0
    work = asyncio.create_task(run_in_sandbox(sandboxed.spin, 0.5))
    while not work.done():
        await asyncio.sleep(0.005)
        turns += 1
    with pytest.raises(ParsingTimeoutError):
        await work
    assert turns > 10


# What is parsed in there

FEED = b"""<rss version="2.0"><channel><item><title>Loops &amp;amp; folds</title>
<link>https://doi.org/10.1101/2026.11.01.000001</link><pubDate>Tue, 24 Nov 2026 06:00:00 GMT</pubDate>
<category>q-bio</category></item><item><title>B</title><link>https://huggingface.co/papers/2611.00002</link></item>
</channel></rss>"""


async def test_a_feed_a_page_and_a_paper_are_read_there_as_they_are_here() -> None:
    found = await run_in_sandbox(parse_feed, HANG_SECONDS, FEED)
    assert found == parse_feed(FEED)
    day = datetime(2026, 11, 24, 6, tzinfo=UTC)
    paper = Paper("10.1101/2026.11.01.000001", 1, "Loops & folds", (), "")
    assert found == FeedContents((ListedPaper("2611.00002", "B"),), (Candidate(paper, day, day, ("q-bio",)),))
    html = b"<article><section class=ltx_section><h2>1 Loops</h2>" + b"They bind. " * 200 + b"</section></article>"
    read = await run_in_sandbox(parse_html, HANG_SECONDS, html, "https://arxiv.org/html/2611.00001v1")
    assert read == parse_html(html, "https://arxiv.org/html/2611.00001v1")
    assert read.is_paper
    page = make_page(make_page_entry(), make_page_entry("no number"))
    assert (await parse_downloaded_page(page.encode(), "")).digests == parse_page(page).digests
    assert [str(problem) for problem in (await parse_downloaded_page(page.encode(), "")).problems] == [
        str(problem) for problem in parse_page(page).problems
    ]
    for broken in (b"\xff", b"", b"<html>", page.encode()[:-9]):
        with pytest.raises(PageError) as here:
            read_page(broken, "")
        with pytest.raises(PageError) as there:
            await parse_downloaded_page(broken, "")
        assert str(here.value) == str(there.value)
        assert type(here.value) is type(there.value)


@pytest.mark.parametrize(
    "feed",
    [
        b"[" * 100_000,
        b"<rss version='2.0'><channel><item><title>" + b"<" * 50_000,
        b'<rss version="2.0"><channel>' + b"<div>" * 20_000,
        b"".join(
            [
                b'<!DOCTYPE x [<!ENTITY a0 "ha">',
                *(b'<!ENTITY a%d "%s">' % (i + 1, b"&a%d;" % i * 10) for i in range(12)),
                b"]><rss version='2.0'><channel><item><title>&a12;</title></item></channel></rss>",
            ]
        ),
    ],
    ids=["brackets", "angles", "nested", "entities"],
)
async def test_a_hostile_feed_ends_as_a_sentence_or_as_nothing(feed: bytes) -> None:
    try:
        papers = (await run_in_sandbox(parse_feed, 0.5, feed)).papers
    except SourceError:
        papers = ()
    assert papers == ()
