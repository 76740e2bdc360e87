"""Steps: each is finished once it has begun, and none begins when the gate is closed, whatever its task waits for."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from digestbot.core.delivery.step_gate import StepGate
from digestbot.errors import StoreError
from tests.waiting import HANG_SECONDS


class Worker:
    """Takes steps without end and without a wait between them, each when it is let; some fail."""

    def __init__(self, gate: StepGate, *, fails: bool = False) -> None:
        self.gate, self.fails = gate, fails
        self.go_on, self.steps = asyncio.Event(), 0

    async def run(self) -> None:
        while True:
            with suppress(StoreError), self.gate.begin_step():
                await self.go_on.wait()
                self.steps += 1
                if self.fails:
                    raise StoreError("the database is away")


@pytest.mark.parametrize("fails", [False, True])
async def test_a_step_that_has_begun_is_finished_and_no_other_begins(fails: bool) -> None:
    gate = StepGate()
    worker = Worker(gate, fails=fails)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    closing = asyncio.create_task(gate.close([task], HANG_SECONDS))
    await asyncio.sleep(0)
    assert (task.done(), worker.steps) == (False, 0)
    worker.go_on.set()
    await closing
    assert (task.cancelled(), worker.steps) == (True, 1)


async def test_what_is_between_two_steps_is_stopped_at_once() -> None:
    gate = StepGate()
    task = asyncio.create_task(asyncio.sleep(3600))
    await gate.close([task], timeout_seconds=HANG_SECONDS)
    assert task.cancelled()
    await gate.close([], timeout_seconds=0)


async def test_a_task_that_swallows_its_cancellation_begins_no_step_either() -> None:
    gate, waits, begun = StepGate(), asyncio.Event(), list[str]()

    async def swallow() -> None:
        with suppress(asyncio.CancelledError):
            await waits.wait()
        with gate.begin_step():
            begun.append("a step")

    task = asyncio.create_task(swallow())
    await asyncio.sleep(0)
    await gate.close([task], timeout_seconds=HANG_SECONDS)
    assert (task.cancelled(), begun) == (True, [])


async def test_a_step_that_takes_too_long_is_interrupted() -> None:
    gate = StepGate()
    worker = Worker(gate)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    await gate.close([task], timeout_seconds=0)
    assert (task.cancelled(), worker.steps) == (True, 0)


async def test_in_a_hurry_a_step_is_interrupted() -> None:
    gate = StepGate()
    worker = Worker(gate)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0)
    closing = asyncio.create_task(gate.close([task], HANG_SECONDS))
    await asyncio.sleep(0)
    gate.interrupt()
    await closing
    assert (task.cancelled(), worker.steps) == (True, 0)
