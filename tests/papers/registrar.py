"""Crossref and doi.org on loopback: works by DOI, as they were recorded elsewhere in shape, and ill when told to be."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.loopback_http import serve_app
from tests.waiting import wait_until

CSL = "application/vnd.citationstyles.csl+json"


def make_work(doi: str = "10.1234/abc.5", **fields: Any) -> dict[str, Any]:
    """A journal article as Crossref tells it."""
    return {
        "DOI": doi,
        "type": "journal-article",
        "title": ["Salt marsh accretion"],
        "author": [{"given": "Ada", "family": "Moreno", "sequence": "first"}, {"given": "Bo", "family": "Lin"}],
        "container-title": ["Journal of Tides"],
        "publisher": "Coast Press",
        "abstract": "<jats:title>Abstract</jats:title><jats:p>We measure tides for a century. They rise.</jats:p>",
        "published": {"date-parts": [[2021, 5, 3]]},
    } | {name.replace("_", "-"): value for name, value in fields.items()}


@dataclass
class Registrar:
    """The server's state. ``works`` are Crossref's, ``others`` those of other agencies, both by DOI in lower case.

    Faults of the next answers: a status with its Retry-After behind a colon, ``slow``, ``cut``, ``html``, ``other``
    (the data of another paper) or ``huge``.
    """

    url: str = ""
    works: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)

    def add(self, work: dict[str, Any], *, is_crossref: bool = True) -> None:
        (self.works if is_crossref else self.others)[work["DOI"].lower()] = work

    async def handle_request(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        fault = self.faults.popleft() if self.faults else ""
        if fault[:3].isdigit():
            return web.Response(status=int(fault[:3]), headers={"Retry-After": fault[4:]} if fault[4:] else {})
        if fault == "slow":
            await wait_until(lambda: request.transport is None)
        if fault == "html":
            return web.Response(text="<html><body>Please enable cookies</body></html>", content_type="text/html")
        if fault == "huge":
            return web.Response(body=b'{"message": "' + b"x" * 20_000_000 + b'"}', content_type="application/json")
        return self._answer(request, fault)

    def _answer(self, request: web.Request, fault: str) -> web.Response:
        if request.path == "/crossref/works":
            words = request.query["query.bibliographic"].lower().split()
            found = [work for work in self.works.values() if set(words) & set(str(work["title"]).lower().split())]
            return web.json_response({"status": "ok", "message-type": "work-list", "message": {"items": found}})
        is_crossref = request.path.startswith("/crossref/works/")
        doi = unquote(request.path).removeprefix("/crossref/works/").removeprefix("/doi/").lower()
        if not is_crossref and request.headers.get("Accept") != CSL:
            return web.Response(text="<html>a landing page</html>", content_type="text/html")
        work = (self.works if is_crossref else self.others).get(doi)
        if fault == "other":
            work = make_work("10.9999/other")
        if work is None:
            return web.Response(status=404, text="Resource not found.")
        answer = {"status": "ok", "message-type": "work", "message": work} if is_crossref else work
        body = json.dumps(answer).encode()
        return web.Response(body=body[: len(body) // 2] if fault == "cut" else body, content_type="application/json")


@asynccontextmanager
async def open_registrar() -> AsyncIterator[Registrar]:
    """Both, served."""
    registrar = Registrar()
    app = web.Application()
    app.router.add_get("/{path:.*}", registrar.handle_request)
    async with serve_app(app) as registrar.url:
        yield registrar
