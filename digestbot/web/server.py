"""A starlette app in the process's own event loop: health, metrics, and the webhook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digestbot.core.ports import Clock
from digestbot.errors import SettingsError, StoreError
from digestbot.store import Store
from digestbot.web.metrics import CONTENT_TYPE, PrometheusMetrics

Hook = Callable[[str, bytes], Awaitable[int]]
"""Takes an update: the secret that came with it and its body; gives the HTTP status."""
TELEGRAM = "/telegram"
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # the header's name (core.telegram.org/bots/api#setwebhook)
_MOST_BYTES = 1_000_000
"""An update is some kilobytes; more is nobody's update."""
_log = structlog.get_logger(__name__)


def application(
    store: Store, clock: Clock, metrics: PrometheusMetrics, telegram: Hook | None = None, more: Sequence[Route] = ()
) -> Starlette:
    """The routes: ``/health``, ``/metrics``, the webhook where there is one, and ``more``."""

    async def health(_: Request) -> Response:
        try:
            await store.key_values.get("health")
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=503)
        return PlainTextResponse("ok\n")

    async def scraped(_: Request) -> Response:
        try:
            waiting = await store.report.list_backlogs(clock.now())
        except StoreError:
            waiting = []
        return Response(metrics.render_text(waiting), media_type=CONTENT_TYPE)

    routes = [Route("/health", health), Route("/metrics", scraped), *more]
    if telegram:
        routes.append(Route(TELEGRAM, _webhook(telegram), methods=["POST"]))
    return Starlette(routes=routes)


def _webhook(hook: Hook) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                return Response(status_code=413)
        return Response(status_code=await hook(request.headers.get(_SECRET, ""), bytes(body)))

    return take


@asynccontextmanager
async def serving(app: Starlette, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the block ends; the port that it listens on. Raises :class:`SettingsError` for one in use."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off")
    server = _Server(config)
    try:
        listening = config.bind_socket()
    except SystemExit:
        raise SettingsError(f"DIGESTBOT_PORT: {host}:{port} cannot be listened on; is it in use?") from None
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await server.begun(task)
        number: int = listening.getsockname()[1]
        _log.info("web_listening", host=host, port=number)
        yield number
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        listening.close()


class _Server(uvicorn.Server):
    """Uvicorn inside our loop: signals are the app's to handle."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield

    async def begun(self, task: asyncio.Task[None]) -> None:
        """Wait until it answers."""
        while not self.started and not task.done():  # noqa: ASYNC110  # uvicorn has a flag, no event
            await asyncio.sleep(0.01)
