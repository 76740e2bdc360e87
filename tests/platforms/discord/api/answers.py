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
        self.json: dict[str, Any] = {"code": code, "message": message}


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """As Discord sends it: discord.py knows its type by this name alone, with no charset."""
    named = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(data).encode(), status=status, headers=named)


def too_many(seconds: float, scope: str = "user") -> web.Response:
    """Discord's own 429: of a bucket (``user``), a channel for all who use it (``shared``), or the bot (``global``)."""
    words = "The resource is being rate limited." if scope == "shared" else "You are being rate limited."
    body = {"message": words, "retry_after": round(seconds, 3), "global": scope == "global", "code": 0}
    headers = {"Via": "1.1 loopback", "Retry-After": f"{seconds:.3f}", "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    return json_response(body, status=429, headers=headers)


_CLOUDFLARE = """<!doctype html>
<html lang="en-US"><head><title>{title} | discord.com used Cloudflare to restrict access</title></head>
<body><h1>Error <span>{code}</span></h1><h2>{title}</h2><p>The owner of this website (discord.com) has banned you
temporarily from accessing this website.</p></body></html>"""
_NGINX = "<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
_BANNED = (
    "You are being blocked from accessing our API temporarily due to exceeding our rate limits frequently. "
    "Please read our docs at https://discord.com/developers/docs/topics/rate-limits to prevent this moving forward."
)
BEFORE_DISCORD = ("page", "words", "banned", "empty")


def from_before(status: int, kind: str) -> web.Response:
    """An answer of what stands before Discord: it has no ``Via``, no limits in its headers, and no code of Discord's.

    ``page`` is HTML (Cloudflare's for a 429, else nginx's), ``words`` the line of text that Cloudflare sends to
    programs, ``banned`` its fixed JSON without a time to wait, ``empty`` nothing at all.
    """
    headers = {"Server": "cloudflare", "CF-RAY": "0-LOOP"}
    if status == 429:
        headers["Retry-After"] = "3600"
    if kind == "page":
        limited = status == 429
        title = "Access denied" if limited else f"{status} Bad Gateway"
        text = _CLOUDFLARE.format(title=title, code=1015) if limited else _NGINX.format(title=title)
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)
    if kind == "words":
        return web.Response(text=f"error code: {1015 if status == 429 else status}", status=status, headers=headers)
    if kind == "banned":
        return json_response({"message": _BANNED, "code": 0}, status=status, headers=headers)
    return web.Response(status=status, headers=headers)
