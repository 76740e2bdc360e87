"""The archive: every topic's digests as pages and as a feed, and the figures that were cut out of PDFs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from digestbot.core.catalog import DigestCatalog
from digestbot.domain.topic import Topic
from digestbot.web import pages

_Page = Callable[[Request], Awaitable[Response]]
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' https: http:; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_KEPT = "public, max-age=300"
_FOREVER = "public, max-age=31536000, immutable"


class Archive:
    """Serves what the library has."""

    def __init__(self, library: DigestCatalog, language: str, base: str) -> None:
        self._library, self._language, self._base = library, language, base.rstrip("/")

    def routes(self) -> list[Route]:
        """``/``, ``/topics/SLUG``, ``/topics/SLUG/DATE`` and ``/topics/SLUG/feed.xml``."""
        return [
            Route("/", self._topics),
            Route("/topics/{slug}", self._topic),
            Route("/topics/{slug}/feed.xml", self._feed),
            Route("/topics/{slug}/{day}", self._digest),
        ]

    async def _topics(self, _: Request) -> Response:
        return _html(pages.topics_page(await self._library.list_topics(), self._language, self._base))

    async def _topic(self, request: Request) -> Response:
        topic = await self._named(request)
        if topic is None:
            return _NOTHING
        dates = await self._library.list_dates(topic, limit=1000)
        return _html(pages.topic_page(topic, dates, self._language, self._base))

    async def _digest(self, request: Request) -> Response:
        topic, day = await self._named(request), _day(request.path_params["day"])
        found = await self._library.get_by_date(topic, day) if topic and day else None
        if topic is None or found is None:
            return _NOTHING
        return _html(pages.digest_page(topic, found.digest, self._language, self._base))

    async def _feed(self, request: Request) -> Response:
        topic = await self._named(request)
        if topic is None:
            return _NOTHING
        found = [
            await self._library.get_by_date(topic, day)
            for day in await self._library.list_dates(topic, pages.FEED_DIGESTS)
        ]
        text = pages.feed(topic, [stored.digest for stored in found if stored], self._language, self._base)
        return Response(text, media_type="application/atom+xml", headers={"Cache-Control": _KEPT})

    async def _named(self, request: Request) -> Topic | None:
        """The topic that an address names by its slug."""
        slug = request.path_params["slug"]
        shelves = await self._library.list_topics()
        return next((shelf.topic for shelf in shelves if shelf.topic.slug == slug and shelf.latest_date), None)


def figures(folder: Path, is_name: Callable[[str], bool]) -> Route:
    """``/figures/NAME``: pictures by their content, which never changes."""

    async def picture(request: Request) -> Response:
        name = request.path_params["name"]
        path = folder / name
        if not is_name(name) or not path.is_file():
            return _NOTHING
        return FileResponse(path, media_type="image/png", headers={**_HEADERS, "Cache-Control": _FOREVER})

    return Route("/figures/{name}", picture)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _html(text: str) -> Response:
    return Response(text, media_type="text/html", headers={**_HEADERS, "Cache-Control": _KEPT})


_NOTHING = PlainTextResponse("There is nothing here.\n", status_code=404)
