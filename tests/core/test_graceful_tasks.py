"""Tasks that are stopped between two steps, never within one."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from digestbot.core.delivery.graceful_tasks import GracefulTasks
from digestbot.errors import StoreError
from tests.waiting import HANG_SECONDS


class Worker:
    """Takes steps without end, each when it is let; some fail."""

    def __init__(self, tasks: GracefulTasks, *, fails: bool = False) -> None:
        self.tasks, self.fails = tasks, fails
        self.go_on, self.steps = asyncio.Event(), 0

    async def run(self) -> None:
        while True:
            with suppress(StoreError), self.tasks.run_step():
                await self.go_on.wait()
                self.steps += 1
                if self.fails:
                    raise StoreError("the database is away")
            await asyncio.sleep(0)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_step_that_has_begun_is_finished_and_no_other_begins(fails: bool) -> None:
    tasks = GracefulTasks()
    worker = Worker(tasks, fails=fails)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await tasks.stop([task], timeout_seconds=0)
    assert (task.done(), worker.steps) == (False, 0)
    worker.go_on.set()
    await asyncio.wait([task], timeout=HANG_SECONDS)
    assert (task.cancelled(), worker.steps) == (True, 1)


async def test_what_is_between_two_steps_is_stopped_at_once() -> None:
    tasks = GracefulTasks()
    task = asyncio.create_task(asyncio.sleep(3600))
    await tasks.stop([task], timeout_seconds=HANG_SECONDS)
    assert task.cancelled()
    await tasks.stop([], timeout_seconds=0)


async def test_closing_interrupts_a_step() -> None:
    tasks = GracefulTasks()
    worker = Worker(tasks)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await tasks.stop([task], timeout_seconds=0)
    await tasks.close()
    assert (task.cancelled(), worker.steps) == (True, 0)
