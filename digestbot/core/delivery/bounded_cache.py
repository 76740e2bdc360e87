"""A cache that keeps what was used last, up to a total weight: a process lives for many mornings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key. The ones not used for longest go first; the newest stays, whatever its weight."""

    def __init__(self, max_weight: int) -> None:
        self._max_weight = max_weight
        self._total_weight = 0
        self._items: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value of a key, if it is still there."""
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item[0]

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Keep a value in the place of the key's earlier one."""
        _, earlier_weight = self._items.pop(key, (None, 0))
        self._items[key] = value, weight
        self._total_weight += weight - earlier_weight
        while self._total_weight > self._max_weight and len(self._items) > 1:
            _, (_, oldest_weight) = self._items.popitem(last=False)
            self._total_weight -= oldest_weight

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        self._total_weight = 0
