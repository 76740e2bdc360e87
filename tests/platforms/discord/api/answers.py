"""What requests are answered with."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.json = {"code": code, "message": message}


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """As Discord sends it: discord.py knows its type by this name alone, with no charset."""
    named = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=named)


def too_many(seconds: float, *, everywhere: bool) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": everywhere, "code": 0}
    return answer(body, status=429, headers={"Via": "1.1 loopback", "Retry-After": f"{seconds:.3f}"})
