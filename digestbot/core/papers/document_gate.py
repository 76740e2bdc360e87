"""How many files of people are read at once: their bytes are in memory until they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from digestbot.domain.subscription import Address

_MAX_AT_ONCE = 2


class DocumentGate:
    """Lets in two files at a time, one of each person, in the order in which they came."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_MAX_AT_ONCE)
        self._people: dict[Address, tuple[asyncio.Lock, int]] = {}

    async def enter(self, person: Address) -> Callable[[], None]:
        """Wait for a place; what is returned gives it back, and does nothing when it is called again."""
        lock, waiting = self._people.get(person, (asyncio.Lock(), 0))
        self._people[person] = lock, waiting + 1
        try:
            await lock.acquire()
            try:
                await self._places.acquire()
            except BaseException:
                lock.release()
                raise
        except BaseException:
            self._forget(person)
            raise
        return _Once(lambda: self._leave(person, lock))

    def _leave(self, person: Address, lock: asyncio.Lock) -> None:
        self._places.release()
        lock.release()
        self._forget(person)

    def _forget(self, person: Address) -> None:
        lock, waiting = self._people.pop(person)
        if waiting > 1:
            self._people[person] = lock, waiting - 1


class _Once:
    """Something that is done once, however often it is called."""

    def __init__(self, do: Callable[[], None]) -> None:
        self._do: Callable[[], None] | None = do

    def __call__(self) -> None:
        if self._do:
            do, self._do = self._do, None
            do()
