"""Connections to PostgreSQL, direct or through a connection pooler such as PgBouncer.

A pooler in transaction mode gives each transaction another of the server's connections, so nothing may outlive a
transaction: no prepared statements, no settings. It is recognized when a connection is opened, by the process id of the
server's end, which is not the one that the connection was greeted with.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from digestbot.store.database.postgresql_address import PostgreSqlAddress

_POOLER_ARGUMENTS = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}
"""For SQLAlchemy: a statement without a name, prepared anew each time, within the transaction that needs it."""
_DRIVERS_CACHE_SIZE = 100
_IS_POOLED = "digestbot_is_pooled"
_IDLE_TIMEOUT = "idle_in_transaction_session_timeout"


def create_postgresql_engine(address: PostgreSqlAddress, read_only_option: str) -> AsyncEngine:
    """An engine whose pool detects server restarts; ``read_only_option`` is set on connections that only read."""
    engine = create_async_engine("postgresql+asyncpg://", pool_size=10, max_overflow=10, pool_pre_ping=True)
    connector = _Connector(address)
    timeout = address.idle_in_transaction_timeout

    def open_connection(dialect: Any, record: Any, _arguments: object, _named: object) -> Any:  # noqa: ANN401
        connection: asyncpg.Connection = await_only(connector.connect())
        record.info[_IS_POOLED] = connector.is_pooled

        async def hand_over() -> asyncpg.Connection:  # SQLAlchemy awaits it
            return connection

        return dialect.connect(async_creator_fn=hand_over, **(_POOLER_ARGUMENTS if connector.is_pooled else {}))

    def limit_idle_time(connection: Connection) -> None:
        """Set for a pooler's transaction what a direct connection was opened with."""
        if timeout and connection.info[_IS_POOLED] and not connection.get_execution_options().get(read_only_option):
            connection.exec_driver_sql(f"SET LOCAL {_IDLE_TIMEOUT} = '{timeout}'")

    event.listen(engine.sync_engine, "do_connect", open_connection)
    event.listen(engine.sync_engine, "begin", limit_idle_time)
    return engine


class _Connector:
    """Opens connections to the first of the address's servers that takes one.

    What the server does not take is remembered, so that only the first connection is opened anew for it.
    """

    def __init__(self, address: PostgreSqlAddress) -> None:
        self.is_pooled = False
        self._hosts = address.hosts or ((None, None),)
        self._arguments = address.connect_arguments
        self._limits_idle_time = bool(address.idle_in_transaction_timeout)
        self._idle_timeout = address.idle_in_transaction_timeout

    async def connect(self) -> asyncpg.Connection:
        """Open a connection, as ``is_pooled`` says afterwards. Raises what the last server raised."""
        if not self.is_pooled:
            connection = await self._connect_to_any(_DRIVERS_CACHE_SIZE)
            if not await _is_pooled(connection):
                return connection
            await connection.close()
            self.is_pooled = True
        return await self._connect_to_any(0)

    async def _connect_to_any(self, cache_size: int) -> asyncpg.Connection:
        *others, last = self._hosts
        for host, port in others:
            try:
                return await self._connect_to(host, port, cache_size)
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.TargetServerAttributeNotMatched):
                continue
        return await self._connect_to(*last, cache_size)

    async def _connect_to(self, host: str | None, port: int | None, cache_size: int) -> asyncpg.Connection:
        arguments = self._arguments | {"host": host, "port": port, "statement_cache_size": cache_size}
        if self._limits_idle_time:
            try:
                return await asyncpg.connect(**_add_setting(arguments, self._idle_timeout))
            except (asyncpg.PostgresError, OSError) as error:
                if (
                    _IDLE_TIMEOUT not in f"{error} {error.__cause__}"
                ):  # the cause, where it was tried with TLS and without
                    raise
                self._limits_idle_time = False  # a pooler, or a server, that does not know it
        return await asyncpg.connect(**arguments)


def _add_setting(arguments: dict[str, Any], idle_timeout: str) -> dict[str, Any]:
    return arguments | {"server_settings": arguments["server_settings"] | {_IDLE_TIMEOUT: idle_timeout}}


async def _is_pooled(connection: asyncpg.Connection) -> bool:
    """Whether a pooler is in between; asked in one message, since a prepared statement needs a transaction there."""
    try:
        answer = await connection.execute(f"SELECT WHERE pg_backend_pid() = {connection.get_server_pid()}")
    except BaseException:
        connection.terminate()
        raise
    return bool(answer != "SELECT 1")
