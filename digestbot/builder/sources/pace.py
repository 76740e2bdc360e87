"""The pace at which hosts are asked: one request at a time, with a delay between them, and none while they are busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from math import inf
from typing import Protocol

from digestbot.store.request_paces import RequestPaceStore

_ARXIV = "arxiv.org"
_POLL_SECONDS = 0.25
"""How often it is looked whether another process has got its answer."""


class Pace(Protocol):
    """Who may ask when. Names are those of :func:`find_pace_name`; hosts are closed one by one."""

    def open_turn(self, name: str, delay_seconds: float, hold_seconds: float) -> AbstractAsyncContextManager[None]:
        """Wait for the turn to ask, and keep it for the block, ``hold_seconds`` at most."""

    async def close_host(self, host: str, seconds: float) -> None:
        """Note that a host is not to be asked for so long."""

    async def get_closed_seconds(self, host: str) -> float:
        """How long a host is not to be asked, in seconds."""


def find_pace_name(host: str) -> str:
    """What has one pace: a host, or all of arXiv's, which counts them together."""
    return _ARXIV if host == _ARXIV or host.endswith(f".{_ARXIV}") else host


class LocalPace:
    """The pace of one process. Requests of one name come one by one already: :class:`PoliteClient` has locks."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._closed_until: dict[str, float] = {}

    @asynccontextmanager
    async def open_turn(self, name: str, delay_seconds: float, hold_seconds: float) -> AsyncIterator[None]:  # noqa: ARG002
        """Wait for the delay since the last request."""
        await asyncio.sleep(max(0.0, self._next.get(name, 0.0) - time.monotonic()))
        self._next[name] = time.monotonic() + delay_seconds
        yield

    async def close_host(self, host: str, seconds: float) -> None:
        """Note that a host is not to be asked for so long."""
        self._closed_until[host] = time.monotonic() + seconds

    async def get_closed_seconds(self, host: str) -> float:
        """How long a host is not to be asked, in seconds."""
        return max(0.0, self._closed_until.get(host, 0.0) - time.monotonic())


class SharedPace:
    """The pace of all processes and machines that share a database. ``holder`` names this one.

    Who has a longer delay than ``others_delay_seconds`` keeps it between their own requests: others need not wait so
    long after them. Where ``is_for_people``, a person waits for the answer, and what nobody waits for comes after.
    """

    def __init__(
        self, store: RequestPaceStore, holder: str, others_delay_seconds: float = inf, *, is_for_people: bool = False
    ) -> None:
        self._store, self._holder, self._is_for_people = store, holder, is_for_people
        self._others_delay_seconds = others_delay_seconds

    @asynccontextmanager
    async def open_turn(self, name: str, delay_seconds: float, hold_seconds: float) -> AsyncIterator[None]:
        """Wait until no process asks, and for the delay since the last that did.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        async with AsyncExitStack() as stack:
            if delay_seconds > self._others_delay_seconds:
                await stack.enter_async_context(self._open_turn(f"{name}/slow", delay_seconds, hold_seconds))
            shared_seconds = min(delay_seconds, self._others_delay_seconds)
            await stack.enter_async_context(self._open_turn(name, shared_seconds, hold_seconds))
            yield

    @asynccontextmanager
    async def _open_turn(self, name: str, delay_seconds: float, hold_seconds: float) -> AsyncIterator[None]:
        is_for_person, holder = self._is_for_people, self._holder
        while True:
            wait = await self._store.take_turn(name, holder, delay_seconds, hold_seconds, is_for_person=is_for_person)
            if wait is None:
                break
            await asyncio.sleep(max(_POLL_SECONDS, wait))  # other processes set no event of ours
        try:
            yield
        finally:
            await self._store.end_turn(name, holder, is_for_person=is_for_person)

    async def close_host(self, host: str, seconds: float) -> None:
        """Note for all processes that a host is not to be asked for so long."""
        await self._store.close_host(host, seconds)

    async def get_closed_seconds(self, host: str) -> float:
        """How long a host is not to be asked, in seconds."""
        return await self._store.get_closed_seconds(host)
