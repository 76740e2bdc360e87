"""A Starlette app in the process's event loop: health, metrics and webhooks, for clients of any kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from http import HTTPStatus

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digestbot.core.ports import Clock, Webhook
from digestbot.errors import SettingsError, StoreError
from digestbot.store import Store
from digestbot.web.metrics import CONTENT_TYPE, PrometheusMetrics
from digestbot.web.slow_clients import ImpatientProtocol

ErrorHandler = Callable[[Request, Exception], Awaitable[Response]]
_MAX_BODY_BYTES = 1_000_000
"""Maximum size of a request body in bytes: platforms' updates are a few kilobytes."""
_BODY_SECONDS = 10.0
_COUNTED_DAYS = timedelta(days=14)
"""How far back the states of arXiv's announcements are counted."""
_STOP_SECONDS = 3.0
"""How long requests may still take when the process ends, which has ten seconds for all."""
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self' https: http:; style-src 'unsafe-inline'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_log = structlog.get_logger(__name__)


def build_web_app(
    store: Store,
    clock: Clock,
    metrics: PrometheusMetrics | None,
    webhooks: Sequence[Webhook] = (),
    extra_routes: Sequence[Route] = (),
    *,
    serve_not_found: ErrorHandler | None = None,
) -> ASGIApp:
    """The routes: ``/health``, ``/metrics`` if there are any, the platforms' webhooks, and ``extra_routes``.

    ``serve_not_found`` answers where there is nothing.
    """
    metrics_routes = [_build_metrics_route(store, clock, metrics)] if metrics else []
    routes = [_build_health_route(store), *metrics_routes, *extra_routes, *map(_build_webhook_route, webhooks)]
    return _GuardedApp(Starlette(routes=routes, exception_handlers={404: serve_not_found} if serve_not_found else {}))


def _build_health_route(store: Store) -> Route:
    async def serve_health(_: Request) -> Response:
        try:
            await store.key_values.get("health")
        except StoreError as error:  # where the database is, is not for everybody who can ask
            _log.error("health_check_failed", reason=str(error))
            return PlainTextResponse("the database does not answer as it should\n", status_code=503)
        return PlainTextResponse("ok\n")

    return Route("/health", serve_health)


def _build_metrics_route(store: Store, clock: Clock, metrics: PrometheusMetrics) -> Route:
    async def serve_metrics(_: Request) -> Response:
        now = clock.now()
        try:
            backlogs = await store.report.list_backlogs(now)
            days = await store.announcements.list_days(now.date() - _COUNTED_DAYS)
        except StoreError:
            backlogs, days = [], []
        return Response(metrics.render_text(backlogs, days), media_type=CONTENT_TYPE)

    return Route("/metrics", serve_metrics)


def _build_webhook_route(webhook: Webhook) -> Route:
    async def handle_update(request: Request) -> Response:
        if not webhook.is_secret(request.headers.get(webhook.secret_header, "")):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _read_body(request)
        except TimeoutError:
            return Response(status_code=HTTPStatus.REQUEST_TIMEOUT)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # which nobody reads
        if body is None:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return Response(status_code=await webhook.handle_update(body))

    return Route(webhook.path, handle_update, methods=["POST"])


async def _read_body(request: Request) -> bytes | None:
    """The body; ``None`` if it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    return bytes(body)


class _GuardedApp:
    """Tells browsers with every answer what they may do with it, and the log what failed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY_HEADERS)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:  # noqa: BLE001  # it has been answered with 500
            _log.exception("request_failed", path=scope.get("path"))


@asynccontextmanager
async def open_server(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the block ends; yields the port. Raises :class:`SettingsError` if the port is in use."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=ImpatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what strangers send is not worth a line each, nor what is cancelled at the end
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,  # type: ignore[arg-type]  # it takes parts of seconds too
    )
    server = _EmbeddedServer(config)
    try:
        listen_socket = config.bind_socket()
    except SystemExit:
        raise SettingsError(f"DIGESTBOT_PORT: {host}:{port} cannot be listened on; is it in use?") from None
    task = asyncio.create_task(server.serve(sockets=[listen_socket]))
    try:
        await server.wait_until_started(task)
        bound_port: int = listen_socket.getsockname()[1]
        _log.info("web_listening", host=host, port=bound_port)
        yield bound_port
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        server.abort_connections()
        listen_socket.close()


class _EmbeddedServer(uvicorn.Server):
    """Uvicorn in our event loop, without signal handlers of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers."""
        yield

    def abort_connections(self) -> None:
        """End the connections whose clients did not end them in time."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    async def wait_until_started(self, task: asyncio.Task[None]) -> None:
        """Wait until the server accepts connections."""
        while not self.started and not task.done():  # noqa: ASYNC110  # uvicorn has a flag, no event
            await asyncio.sleep(0.01)
