"""The archive: each topic's digests as web pages and a feed, and the figures extracted from PDFs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import ParamSpec
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from digestbot.core.catalog import DigestCatalog
from digestbot.domain.digest import find_language
from digestbot.domain.topic import Topic, match_topic
from digestbot.figures.folder import is_figure_name
from digestbot.figures.formats import MEDIA_TYPES
from digestbot.i18n import LANGUAGES
from digestbot.web import render

P = ParamSpec("P")
_MAX_HEADER = 1_000
_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")
_SHORT_CACHE = "public, max-age=300"
_IMMUTABLE_CACHE = "public, max-age=31536000, immutable"


class ArchiveEndpoints:
    """Serves the catalog's digests, each in its own language; ``language`` is that of the list of topics.

    Links between pages are relative, so that they lead on wherever the archive is looked at; feeds, which are read
    elsewhere, have ``public_url`` in theirs.
    """

    def __init__(self, catalog: DigestCatalog, language: str, public_url: str) -> None:
        self._catalog, self._language, self._public_url = catalog, language, public_url.rstrip("/")
        self._rendering = asyncio.Semaphore(1)

    def build_routes(self) -> list[Route]:
        """``/``, ``/topics/SLUG``, ``/topics/SLUG/DATE`` and ``/topics/SLUG/feed.xml``."""
        return [
            Route("/", self._serve_topics),
            Route("/topics/{slug}", self._serve_topic),
            Route("/topics/{slug}/feed.xml", self._serve_feed),
            Route("/topics/{slug}/{day}", self._serve_digest),
        ]

    async def serve_not_found(self, request: Request, _: Exception) -> Response:
        """A page that leads back, in the visitor's language."""
        language = _choose_language(request.headers.get("Accept-Language", ""), self._language)
        text = render.render_not_found_page(language, _find_root(request))
        return Response(text, 404, media_type="text/html", headers={"Vary": "Accept-Language"})

    async def _serve_topics(self, request: Request) -> Response:
        topics = await self._catalog.list_topics()
        return _build_html_response(render.render_topics_page(topics, self._language, _find_root(request)))

    async def _serve_topic(self, request: Request) -> Response:
        topic = await self._find_topic(request)
        dates = await self._catalog.list_dates(topic, limit=1000)
        newest = await self._catalog.get_by_date(topic, dates[0]) if dates else None
        language = find_language(newest.digest, self._language) if newest else self._language
        return _build_html_response(render.render_topic_page(topic, dates, language, _find_root(request)))

    async def _serve_digest(self, request: Request) -> Response:
        topic, day = await self._find_topic(request), _parse_date(request.path_params["day"])
        stored = await self._catalog.get_by_date(topic, day) if day else None
        if stored is None:
            raise HTTPException(404)
        root = _find_root(request)
        return _build_html_response(
            await self._render(
                render.render_digest_page, topic, stored.digest, self._language, root, public_url=self._public_url
            )
        )

    async def _serve_feed(self, request: Request) -> Response:
        topic = await self._find_topic(request)
        digests = [
            await self._catalog.get_by_date(topic, day)
            for day in await self._catalog.list_dates(topic, render.FEED_DIGEST_COUNT)
        ]
        found = [stored.digest for stored in digests if stored]
        text = await self._render(render.render_feed, topic, found, self._language, self._public_url)
        return Response(text, media_type="application/atom+xml", headers={"Cache-Control": _SHORT_CACHE})

    async def _render(self, render_page: Callable[P, str], *args: P.args, **kwargs: P.kwargs) -> str:
        """Render in a thread, one page at a time: a long one takes a second, and chats wait for the event loop."""
        async with self._rendering:
            return await asyncio.to_thread(render_page, *args, **kwargs)

    async def _find_topic(self, request: Request) -> Topic:
        """The topic with the slug in the URL.

        Raises :class:`HTTPException`: that there is none, or where it is if the URL has another of its names.
        """
        slug = request.path_params["slug"]
        topics = [summary.topic for summary in await self._catalog.list_topics() if summary.latest_date]
        topic = next((topic for topic in topics if topic.slug == slug), None) or match_topic(slug, topics)
        if topic is None:
            raise HTTPException(404)
        if topic.slug != slug:
            rest = request.path_params.get("day") or ("feed.xml" if request.url.path.endswith("/feed.xml") else "")
            place = "/".join(quote(part) for part in ("topics", topic.slug, rest) if part)
            raise HTTPException(307, headers={"Location": f"{_find_root(request)}/{place}"})
        return topic


def build_figures_route(folder: Path) -> Route:
    """``/figures/NAME``: figures named by a hash of their content, so they may be cached for good."""

    async def serve_figure(request: Request) -> Response:
        name = request.path_params["name"]
        path = folder / name
        if not is_figure_name(name) or not path.is_file():
            raise HTTPException(404)
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


def _find_root(request: Request) -> str:
    """Where the archive begins, as seen from a page of it: ``.``, ``..``, ``../..``."""
    depth = request.url.path.count("/") - 1
    return "/".join([".."] * depth) or "."


def _choose_language(accepted: str, default: str) -> str:
    """The language that a browser prefers of those that there are (RFC 9110, section 12.5.4)."""
    weights = dict.fromkeys(LANGUAGES, 0.0)
    for place, item in enumerate(accepted[:_MAX_HEADER].split(",")):
        code, _, parameter = item.strip().lower().partition(";")
        language = code.split("-")[0]
        weight = _WEIGHT.fullmatch(parameter.strip())
        if language in weights:
            value = float(weight[1]) if weight else 1.0
            weights[language] = max(weights[language], value - place / 10_000 if value else 0.0)
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] > 0 else default
