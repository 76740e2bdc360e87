"""How many papers one person may have looked up, so that nobody asks publishers for others' share too."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta

from digestbot.core.clock import Clock
from digestbot.domain.subscription import Address

MAX_LOOKUPS = 60
"""Papers that are looked up for one person in an hour: as many as some forwarded digests name."""
_PERIOD = timedelta(hours=1)
_MAX_REMEMBERED = 20_000
"""People whose look-ups are remembered at most."""


class LookupPace:
    """Keeps each person to so many look-ups an hour, in memory. What is stored costs none."""

    def __init__(self, clock: Clock, limit: int = MAX_LOOKUPS) -> None:
        self._clock, self.limit = clock, limit
        self._begun: OrderedDict[Address, deque[datetime]] = OrderedDict()

    def begin(self, person: Address, count: int) -> datetime | None:
        """Count look-ups of a person, of which there may be ``count`` more; when they may be, if that is not now."""
        now, begun = self._clock.now(), self._begun.setdefault(person, deque())
        self._begun.move_to_end(person)
        if len(self._begun) > _MAX_REMEMBERED:
            self._begun.popitem(last=False)
        while begun and begun[0] <= now - _PERIOD:
            begun.popleft()
        if len(begun) + count > self.limit:
            waited_for = min(len(begun) + count - self.limit, len(begun))  # more than the limit has the whole hour
            return begun[waited_for - 1] + _PERIOD if begun else now
        begun.extend([now] * count)
        return None
