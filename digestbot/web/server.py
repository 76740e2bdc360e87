"""A Starlette app in the process's event loop: health, metrics and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digestbot.core.ports import Clock, Webhook
from digestbot.errors import SettingsError, StoreError
from digestbot.store import Store
from digestbot.web.metrics import CONTENT_TYPE, PrometheusMetrics

_MAX_BODY_BYTES = 1_000_000
"""Maximum size of a request body in bytes: platforms' updates are a few kilobytes."""
_log = structlog.get_logger(__name__)


def build_web_app(
    store: Store,
    clock: Clock,
    metrics: PrometheusMetrics,
    webhooks: Sequence[Webhook] = (),
    extra_routes: Sequence[Route] = (),
) -> Starlette:
    """The routes: ``/health``, ``/metrics``, the platforms' webhooks, and ``extra_routes``."""

    async def serve_health(_: Request) -> Response:
        try:
            await store.key_values.get("health")
        except StoreError as error:  # where the database is, is not for everybody who can ask
            _log.error("health_failed", reason=str(error))
            return PlainTextResponse("the database does not answer as it should\n", status_code=503)
        return PlainTextResponse("ok\n")

    async def serve_metrics(_: Request) -> Response:
        try:
            backlogs = await store.report.list_backlogs(clock.now())
        except StoreError:
            backlogs = []
        return Response(metrics.render_text(backlogs), media_type=CONTENT_TYPE)

    routes = [Route("/health", serve_health), Route("/metrics", serve_metrics), *extra_routes]
    return Starlette(routes=[*routes, *map(_build_webhook_route, webhooks)])


def _build_webhook_route(webhook: Webhook) -> Route:
    async def handle_update(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_BODY_BYTES:
                return Response(status_code=413)
        secret = request.headers.get(webhook.secret_header, "")
        return Response(status_code=await webhook.handle_update(secret, bytes(body)))

    return Route(webhook.path, handle_update, methods=["POST"])


@asynccontextmanager
async def open_server(app: Starlette, host: str, port: int) -> AsyncIterator[int]:
    """Serve until the block ends; yields the port. Raises :class:`SettingsError` if the port is in use."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off")
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
        listen_socket.close()


class _EmbeddedServer(uvicorn.Server):
    """Uvicorn in our event loop, without signal handlers of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install no signal handlers."""
        yield

    async def wait_until_started(self, task: asyncio.Task[None]) -> None:
        """Wait until the server accepts connections."""
        while not self.started and not task.done():  # noqa: ASYNC110  # uvicorn has a flag, no event
            await asyncio.sleep(0.01)
