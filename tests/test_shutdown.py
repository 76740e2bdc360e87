"""The end of a process: in order where its parts let it, hurried at a second signal, and by force where it must be."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from digestbot import shutdown
from digestbot.shutdown import run_stubborn, run_until_signal
from tests.places import ROOT
from tests.processes import ForkedProcess, start_process
from tests.waiting import HANG_SECONDS, wait_until


class StubbornWork:
    """Swallows so many cancellations, one where it waits and the next where it waits again."""

    def __init__(self, swallows: int) -> None:
        self.swallows, self.cancelled, self.is_running = swallows, 0, False

    async def run(self) -> None:
        self.is_running = True
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                if self.cancelled > self.swallows:
                    raise


@pytest.mark.parametrize(("swallows", "cancelled"), [(0, 1), (1, 2), (3, 4)])
async def test_work_that_swallows_its_cancellation_is_cancelled_again(
    swallows: int, cancelled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutdown, "_GRACE_SECONDS", 0.05)
    monkeypatch.setattr(shutdown, "_CANCEL_AGAIN_SECONDS", 0.005)
    work = StubbornWork(swallows)
    task = asyncio.create_task(run_stubborn(work.run(), "a part"))
    await wait_until(lambda: work.is_running)
    task.cancel()
    await asyncio.wait([task], timeout=HANG_SECONDS)
    assert (task.cancelled(), work.cancelled) == (True, cancelled)


async def test_work_that_swallows_all_of_them_is_left_behind_and_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutdown, "_GRACE_SECONDS", 0.02)
    monkeypatch.setattr(shutdown, "_CANCEL_AGAIN_SECONDS", 0.005)
    work = StubbornWork(1_000_000)
    task = asyncio.create_task(run_stubborn(work.run(), "discord"))
    await wait_until(lambda: work.is_running)
    task.cancel()
    await asyncio.wait([task], timeout=HANG_SECONDS)
    assert task.cancelled()
    log = capsys.readouterr().out
    assert ("part_not_stopped" in log, "discord" in log) == (True, True)
    work.swallows = 0  # for the end of the test


async def test_what_work_finishes_or_raises_is_its_own() -> None:
    done = []

    async def finish() -> None:
        done.append("finished")

    async def fail() -> None:
        raise KeyError("a bug")

    await run_stubborn(finish(), "a part")
    with pytest.raises(KeyError, match="a bug"):
        await run_stubborn(fail(), "a part")
    await run_until_signal(finish(), lambda: None)
    with pytest.raises(KeyError, match="a bug"):
        await run_until_signal(fail(), lambda: None)
    assert done == ["finished"] * 2


async def _stay(kind: str) -> None:
    """Be a process that says when it runs, and ends as its kind does."""

    def interrupt() -> None:
        print("hurried", flush=True)
        event.set()

    event = asyncio.Event()
    shutdown.STOP_SECONDS = 0.2 if kind in ("stuck", "blocked", "blocked later") else HANG_SECONDS
    shutdown._ALARM_SECONDS = HANG_SECONDS if kind.startswith("stuck") else 0.2
    shutdown._HURRIED_STOP_SECONDS = 0.2 if kind == "stuck later" else HANG_SECONDS

    async def work() -> None:
        print("runs", flush=True)
        while kind == "blocked":
            pass
        try:
            await asyncio.Event().wait()
        finally:
            print("ends", flush=True)
            while kind == "blocked later":
                pass
            while kind != "orderly":
                with suppress(asyncio.CancelledError):
                    await event.wait()
                if event.is_set() and kind == "slow":
                    break

    await run_until_signal(work(), interrupt)
    print("ended", flush=True)


@asynccontextmanager
async def start_stubborn(kind: str, folder: Path) -> AsyncIterator[tuple[ForkedProcess, Path]]:
    out = folder / "out"
    with out.open("wb") as file:
        environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
        process = start_process(
            kind, folder=folder, environment=environment, module=__name__, stdout=file.fileno(), stderr=file.fileno()
        )
    try:
        await wait_until(lambda: "runs" in out.read_text())
        yield process, out
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize(
    ("kind", "signals", "code", "says"),
    [
        ("orderly", [signal.SIGTERM], 0, ["runs", "ends", "ended"]),
        ("orderly", [signal.SIGINT], 0, ["runs", "ends", "ended"]),
        ("slow", [signal.SIGTERM, signal.SIGTERM], 0, ["runs", "ends", "hurried", "ended"]),
        ("slow", [signal.SIGTERM, signal.SIGINT], 0, ["runs", "ends", "hurried", "ended"]),
        ("stuck", [signal.SIGTERM], 1, ["runs", "ends", "stop_forced"]),
        ("blocked", [signal.SIGTERM], -signal.SIGALRM, ["runs"]),
        ("blocked later", [signal.SIGTERM], 1, ["runs", "ends", "stop_forced"]),
        ("stuck later", [signal.SIGTERM, signal.SIGTERM], 1, ["runs", "ends", "hurried", "stop_forced"]),
    ],
)
async def test_a_process_ends_whatever_its_parts_do(
    kind: str, signals: list[int], code: int, says: list[str], tmp_path: Path
) -> None:
    async with start_stubborn(kind, tmp_path) as (process, out):
        for number, words in zip(signals, ("ends", "hurried"), strict=False):
            process.send_signal(number)
            await wait_until(lambda: words in out.read_text() or process.returncode is not None)  # noqa: B023
        assert await process.wait() == code
    log = out.read_text()
    assert [word for word in ("runs", "ends", "hurried", "stop_forced", "ended") if word in log] == says


if __name__ == "__main__":
    asyncio.run(_stay(sys.argv[1]))
