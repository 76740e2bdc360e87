"""python-telegram-bot's requests on aiohttp: JSON bodies and many connections (measured in docs/architecture.md)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from pydantic_core import from_json, to_json
from telegram import Update
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from digestbot.net.addresses import find_proxy
from digestbot.net.downloads import read_body

_JSON_HEADERS = {"Content-Type": "application/json"}
_POOL_TIMEOUT_SECONDS = 30.0
_DOWNLOAD_SECONDS = 60.0
"""How long a file may take to come: somebody waits for it."""
_log = structlog.get_logger(__name__)


class MaybeSentError(NetworkError):
    """The request was sent and no response came: it may have taken effect."""


class MissingFileError(TelegramError):
    """The server has no file at an address."""


class FloodError(TelegramError):
    """Too many requests; ``seconds`` is how long Telegram asks to wait.

    The library's own ``RetryAfter`` warns, whenever one is made, of a change that is to come to it.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"Telegram asks to wait {seconds:g} s")


class AiohttpRequest(BaseRequest):
    """HTTP for ``telegram.Bot``.

    ``connections`` bounds the pool; the timeouts are in seconds. A proxy is taken from the environment, as curl does.
    The bot's token stands in every address, so that no address ever gets into an error here.
    """

    def __init__(
        self, connections: int = 64, *, connect_timeout: float = 10, read_timeout: float = 20, write_timeout: float = 20
    ) -> None:
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[str, str | None] = {}

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer, where a call does not say."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the connection pool."""
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector)

    async def shutdown(self) -> None:
        """Close the connection pool."""
        if self._session:
            await self._session.close()
            self._session = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:  # noqa: ANN401
        """The answer's JSON. Raises ``TelegramError`` for what is none, such as a proxy's error page."""
        try:
            return from_json(payload)
        except ValueError:
            raise TelegramError("the server's answer is no JSON") from None

    async def do_request(  # noqa: PLR0917  # the signature is python-telegram-bot's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401  (the base class's own default)
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ANN401
    ) -> tuple[int, bytes]:
        """Send one request; the status and body of the response.

        Raises ``NetworkError`` when it did not leave, :class:`MaybeSentError` when it left and no answer came, and
        :class:`FloodError` when Telegram asks to wait.
        """
        if self._session is None:
            raise NetworkError("the connections to Telegram are closed")
        read, write = _value_or(read_timeout, self._read_timeout), _value_or(write_timeout, self._write_timeout)
        connect, pool = (
            _value_or(connect_timeout, self._connect_timeout),
            _value_or(pool_timeout, _POOL_TIMEOUT_SECONDS),
        )
        uploads = request_data is not None and request_data.contains_files
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=_sum_timeouts(connect, pool),
            sock_connect=connect,
            sock_read=_sum_timeouts(read, write if uploads else 0),
        )
        arguments: dict[str, Any] = {"timeout": timeout, "allow_redirects": False, "proxy": self._find_proxy(url)}
        if request_data is not None:
            arguments |= _multipart_body(request_data) if uploads else _json_body(request_data)
        status, body = await self._exchange(method, url, arguments)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise FloodError(_parse_retry_after(body))
        return status, body

    async def download(self, url: str, limit: int) -> bytes:
        """The first ``limit`` bytes of a file. Raises ``NetworkError``, and :class:`MissingFileError` without one."""
        if self._session is None:
            raise NetworkError("the connections to Telegram are closed")
        timeout = aiohttp.ClientTimeout(total=_DOWNLOAD_SECONDS, sock_connect=self._connect_timeout)
        try:
            async with self._session.get(
                URL(url), timeout=timeout, allow_redirects=False, proxy=self._find_proxy(url)
            ) as response:
                if response.status == HTTPStatus.NOT_FOUND:
                    raise MissingFileError("the server does not have the file any more")
                if response.status != HTTPStatus.OK:
                    raise NetworkError(f"the server answered {response.status} in place of a file")
                return await read_body(response, limit)
        except TimeoutError:
            raise NetworkError("the file did not come in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NetworkError(f"the file did not come: {type(error).__name__}") from None

    def _find_proxy(self, url: str) -> str | None:
        """The environment's proxy for a server, cached: aiohttp would look it up in a thread for every request."""
        server = url.split("/bot", 1)[0]
        if server not in self._proxies:
            self._proxies[server] = find_proxy(server)
        return self._proxies[server]

    async def _exchange(self, method: str, url: str, arguments: dict[str, Any]) -> tuple[int, bytes]:
        assert self._session is not None, "checked by the caller"  # noqa: S101  # for the type checker
        try:
            async with self._session.request(method, url, **arguments) as response:
                return response.status, await response.read()
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            # ConnectionTimeoutError is the pool's wait as well: in both cases nothing left
            raise NetworkError(f"no connection to Telegram: {_describe_error(error)}") from None
        except TimeoutError:
            raise MaybeSentError("Telegram did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise MaybeSentError(f"the connection broke before Telegram answered: {type(error).__name__}") from None


class PollingRequest(AiohttpRequest):
    """Requests for updates. One that python-telegram-bot cannot read becomes an update of no kind: it is passed over,
    where it would otherwise be asked for again for ever.
    """

    async def do_request(self, *args: Any, **more: Any) -> tuple[int, bytes]:  # noqa: ANN401  # passed on as they are
        """Send one request for updates. A refused token is a fault that passes: the library would stop asking, and
        say nothing of it.
        """
        status, body = await super().do_request(*args, **more)
        if status == HTTPStatus.UNAUTHORIZED:
            raise NetworkError("Telegram refuses the bot's token")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:  # noqa: ANN401
        """The answer's JSON, with only what can be read."""
        answer = AiohttpRequest.parse_json_payload(payload)
        if isinstance(answer, dict) and isinstance(answer.get("result"), list):
            answer["result"] = [drop_unreadable(update) for update in answer["result"]]
        return answer


def drop_unreadable(update: dict[str, Any]) -> dict[str, Any]:
    """The update, or only its id if the library cannot parse the rest."""
    try:
        Update.de_json(update, None)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        _log.warning("telegram_update_not_read", update=update.get("update_id"), reason=type(error).__name__)
        return {"update_id": update["update_id"]}
    return update


def _parse_retry_after(body: bytes) -> float:
    """The seconds in a 429 response; a few if it names none."""
    try:
        return float(from_json(body)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 5.0


def _describe_error(error: Exception) -> str:
    """The system's error message, without the URL that aiohttp prepends."""
    inner = getattr(error, "os_error", None)
    return (inner.strerror if inner else "") or ("in time" if isinstance(error, TimeoutError) else type(error).__name__)


def _json_body(data: RequestData) -> dict[str, Any]:
    return {"data": to_json(data.parameters), "headers": _JSON_HEADERS}


def _multipart_body(data: RequestData) -> dict[str, Any]:
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return {"data": form}


def _value_or(value: Any, default: float) -> float | None:  # noqa: ANN401
    return default if value is BaseRequest.DEFAULT_NONE else value


def _sum_timeouts(*seconds: float | None) -> float | None:
    return None if None in seconds else sum(second or 0 for second in seconds)
