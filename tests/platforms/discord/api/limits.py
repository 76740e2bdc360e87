"""Discord's limits: 50 requests a second over all, and a bucket for each channel's messages.

discord.com/developers/docs/topics/rate-limits.
"""

from __future__ import annotations

import re
import time
from collections import deque

from aiohttp import web

from tests.platforms.discord.api.answers import too_many


class ServerLimits:
    """``number`` messages in ``seconds`` in one channel, and ``per_second`` requests over all."""

    def __init__(self, per_second: int, number: int, seconds: float) -> None:
        self._per_second, self._number, self._seconds = per_second, number, seconds
        self._sent: deque[float] = deque()
        self._buckets: dict[str, deque[float]] = {}

    def refuse_request(self, method: str, path: str) -> web.StreamResponse | None:
        """The answer to a request that is too much; what answers interactions does not count for all."""
        if path.startswith(("/interactions", "/webhooks")):
            return None
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()
        if len(self._sent) >= self._per_second:
            return too_many(1 - (now - self._sent[0]), "global")
        self._sent.append(now)
        sent = self._find_bucket(method, path, now)
        if sent is None or len(sent) < self._number:
            return None
        return too_many(self._seconds - (now - sent[0]))

    def build_headers(self, method: str, path: str) -> dict[str, str]:
        """What an answer says of the bucket that its request came from, as far as messages have one."""
        now = time.monotonic()
        sent = self._find_bucket(method, path, now)
        if sent is None:
            return {}
        sent.append(now)
        reset = max(0.0, self._seconds - (now - sent[0]))
        return {
            "X-RateLimit-Limit": str(self._number),
            "X-RateLimit-Remaining": str(max(0, self._number - len(sent))),
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
            "X-RateLimit-Bucket": "messages",
        }

    def _find_bucket(self, method: str, path: str, now: float) -> deque[float] | None:
        found = re.fullmatch(r"/channels/(\d+)/messages", path)
        if method != "POST" or not found:
            return None
        sent = self._buckets.setdefault(found[1], deque())
        while sent and sent[0] <= now - self._seconds:
            sent.popleft()
        return sent
