"""The archive: each topic's digests as web pages and a feed, and the figures extracted from PDFs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import ParamSpec

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from digestbot.core.catalog import DigestCatalog
from digestbot.domain.topic import Topic
from digestbot.figures.folder import is_figure_name
from digestbot.figures.formats import MEDIA_TYPES
from digestbot.web import render

P = ParamSpec("P")
_SHORT_CACHE = "public, max-age=300"
_IMMUTABLE_CACHE = "public, max-age=31536000, immutable"


class ArchiveEndpoints:
    """Serves the catalog's digests."""

    def __init__(self, catalog: DigestCatalog, language: str, base_url: str) -> None:
        self._catalog, self._language, self._base_url = catalog, language, base_url.rstrip("/")
        self._rendering = asyncio.Semaphore(1)

    def build_routes(self) -> list[Route]:
        """``/``, ``/topics/SLUG``, ``/topics/SLUG/DATE`` and ``/topics/SLUG/feed.xml``."""
        return [
            Route("/", self._serve_topics),
            Route("/topics/{slug}", self._serve_topic),
            Route("/topics/{slug}/feed.xml", self._serve_feed),
            Route("/topics/{slug}/{day}", self._serve_digest),
        ]

    async def _serve_topics(self, _: Request) -> Response:
        return _build_html_response(
            render.render_topics_page(await self._catalog.list_topics(), self._language, self._base_url)
        )

    async def _serve_topic(self, request: Request) -> Response:
        topic = await self._find_topic(request)
        if topic is None:
            return _NOT_FOUND
        dates = await self._catalog.list_dates(topic, limit=1000)
        return _build_html_response(render.render_topic_page(topic, dates, self._language, self._base_url))

    async def _serve_digest(self, request: Request) -> Response:
        topic, day = await self._find_topic(request), _parse_date(request.path_params["day"])
        stored = await self._catalog.get_by_date(topic, day) if topic and day else None
        if topic is None or stored is None:
            return _NOT_FOUND
        return _build_html_response(
            await self._render(render.render_digest_page, topic, stored.digest, self._language, self._base_url)
        )

    async def _serve_feed(self, request: Request) -> Response:
        topic = await self._find_topic(request)
        if topic is None:
            return _NOT_FOUND
        digests = [
            await self._catalog.get_by_date(topic, day)
            for day in await self._catalog.list_dates(topic, render.FEED_DIGEST_COUNT)
        ]
        found = [stored.digest for stored in digests if stored]
        text = await self._render(render.render_feed, topic, found, self._language, self._base_url)
        return Response(text, media_type="application/atom+xml", headers={"Cache-Control": _SHORT_CACHE})

    async def _render(self, render_page: Callable[P, str], *args: P.args, **kwargs: P.kwargs) -> str:
        """Render in a thread, one page at a time: a long one takes a second, and chats wait for the event loop."""
        async with self._rendering:
            return await asyncio.to_thread(render_page, *args, **kwargs)

    async def _find_topic(self, request: Request) -> Topic | None:
        """The topic with the slug in the URL."""
        slug = request.path_params["slug"]
        summaries = await self._catalog.list_topics()
        return next(
            (summary.topic for summary in summaries if summary.topic.slug == slug and summary.latest_date), None
        )


def build_figures_route(folder: Path) -> Route:
    """``/figures/NAME``: figures named by a hash of their content, so they may be cached for good."""

    async def serve_figure(request: Request) -> Response:
        name = request.path_params["name"]
        path = folder / name
        if not is_figure_name(name) or not path.is_file():
            return _NOT_FOUND
        media_type = MEDIA_TYPES[path.suffix]
        return FileResponse(path, media_type=media_type, headers={"Cache-Control": _IMMUTABLE_CACHE})

    return Route("/figures/{name}", serve_figure)


def _parse_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _build_html_response(text: str) -> Response:
    return Response(text, media_type="text/html", headers={"Cache-Control": _SHORT_CACHE})


_NOT_FOUND = PlainTextResponse("There is nothing here.\n", status_code=404)
