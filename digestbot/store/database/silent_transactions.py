"""Transactions of processes that stand still: they are ended where others wait for their locks.

PostgreSQL ends a transaction whose client is silent *between* two statements (``idle_in_transaction_session_timeout``).
A client that is paused within one, between its preparation and its end, counts as active, and would hold its locks for
as long as the machine's lid is closed.
"""

from __future__ import annotations

import structlog
from sqlalchemy import text

from digestbot.store.database.engine import Database

_END_SILENT_TRANSACTIONS = text("""
    WITH limits AS (
        SELECT setting::bigint AS milliseconds FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'
    ), blockers AS (
        SELECT DISTINCT unnest(pg_blocking_pids(pid)) AS pid FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND wait_event_type = 'Lock'
    )
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN blockers USING (pid), limits
    WHERE usename = current_user AND application_name = current_setting('application_name')
        AND state = 'active' AND wait_event IN ('ClientRead', 'ClientWrite')
        AND milliseconds > 0 AND clock_timestamp() - state_change > milliseconds * interval '1 millisecond'
""")
"""Only what waits for its client, and keeps others waiting, for longer than a transaction may be idle.

And only ours: of pg_dump's COPY it is known since when it runs, not since when it waits.
"""
_log = structlog.get_logger(__name__)


async def end_silent_transactions(database: Database) -> int:
    """End the transactions that a paused client left in the middle and that others wait for; how many.

    A SQLite file belongs to one process: there are none. Raises :class:`~digestbot.errors.StoreError`.
    """
    if not database.is_server:
        return 0
    async with database.write() as connection:  # where the limit is in force, through a pooler too
        ended = len((await connection.execute(_END_SILENT_TRANSACTIONS)).all())
    if ended:
        _log.warning("idle_transactions_terminated", transactions=ended)
    return ended
