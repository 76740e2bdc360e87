"""Writes updates of outbox rows in batches: a commit for each would be slower than the platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog

from digestbot.domain.delivery import OutboxUpdate
from digestbot.errors import StoreError
from digestbot.store.deliveries.outbox import Outbox

_BATCHING_SECONDS = 0.01
"""How long an update waits for others: 20 ms instead of 2 for one delivery, and half the work for thousands."""
_MAX_BATCH_SIZE = 500
_RETRY_SECONDS = 1.0
"""How long until a failed batch is written again."""
_log = structlog.get_logger(__name__)


class OutboxWriter:
    """Callers wait for the commit; concurrent updates share one.

    So a killed process leaves no more unmarked than was in flight. What the database does not take, because its disk
    is full or its server is away, is tried again until it does: a digest that arrived must not be sent again.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._pending: list[tuple[OutboxUpdate, asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, update: OutboxUpdate) -> bool:
        """Write an update, and return when it is committed; false if the row is no longer this claim's."""
        committed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._pending.append((update, committed))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_batches())
        return await committed

    async def close(self, timeout_seconds: float) -> None:
        """Write what is pending, also what nobody waits for any more, and stop."""
        if self._writer:
            await asyncio.wait([self._writer], timeout=timeout_seconds)
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write_batches(self) -> None:
        while self._pending:
            await asyncio.sleep(_BATCHING_SECONDS)
            batch = self._pending[:_MAX_BATCH_SIZE]
            try:
                updated = await self._outbox.apply_updates([update for update, _ in batch])
            except StoreError as error:
                _log.error(
                    "outbox_updates_delayed",
                    number=len(self._pending),
                    reason=str(error),
                    again_in_seconds=_RETRY_SECONDS,
                )
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            except Exception as error:  # noqa: BLE001  # the callers raise it
                _resolve_futures(batch, error)
            else:
                _resolve_futures(batch, updated)
            del self._pending[: len(batch)]


def _resolve_futures(
    batch: list[tuple[OutboxUpdate, asyncio.Future[bool]]], result: Exception | Collection[int]
) -> None:
    for update, committed in batch:
        if committed.done():
            continue
        if isinstance(result, Exception):
            committed.set_exception(result)
        else:
            committed.set_result(update.id in result)
