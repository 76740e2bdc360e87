"""Two senders on PostgreSQL, the first of them killed: the rate that the platform sees, the gap, and what is lost."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.claim import Claim, report_claims
from benchmarks.loopback import fetch_arrivals, run_server
from benchmarks.mornings import fill_store
from digestbot.app import open_app
from digestbot.domain.subscription import Address
from digestbot.settings import load_settings
from digestbot.store import Database, Store
from tests.postgresql import run_postgresql

SHORT = bool(os.environ.get("BENCH_SHORT"))
CHATS, RATE = (160, 40) if SHORT else (8_000, 200)
IN_FLIGHT = 400
_MOST_SECONDS = 150


async def fill_database(url: str) -> None:
    """The chats, whose digest is due."""
    async with open_app(load_settings(database_url=url, topics=[])) as app:
        await fill_store(app, CHATS, 3, lambda number: Address("telegram", str(number)), figures=0)


@contextmanager
def run_sender(url: str, server: str, folder: str) -> Iterator[subprocess.Popen[bytes]]:
    """``digestbot run --role sender``, ended with the block."""
    own = {
        "DATABASE_URL": url,
        "POLL_SECONDS": "0.5",
        "DELIVERY_JITTER_SECONDS": "0",
        "MAX_DELIVERY_AGE_HOURS": "72",
        "TELEGRAM__TOKEN": "1:benchmark-token",
        "TELEGRAM__API_URL": server,
        "TELEGRAM__MESSAGES_PER_SECOND": str(RATE),
    }
    env = os.environ | {f"DIGESTBOT_{name}": value for name, value in own.items()}
    words = [sys.executable, "-m", "digestbot", "run", "--role", "sender"]
    process = subprocess.Popen(words, env=env, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


async def find_leader(url: str) -> int:
    """The process that holds the lease of sending."""
    store = Store(Database(url))
    try:
        for _ in range(200):
            for lease in await store.leases.list_all():
                if lease.is_active and lease.name.startswith("sender"):
                    return int(re.sub(r".*process ", "", lease.location))
            await asyncio.sleep(0.1)
    finally:
        await store.close()
    raise TimeoutError("no process became the sender")


def play_failover(url: str, folder: str) -> dict[str, Any]:
    """Start two, kill the first one when a quarter is out, and see what arrives."""
    with run_server(0.0) as server, run_sender(url, server, folder) as first, run_sender(url, server, folder) as second:
        wait_until_arrived(server, CHATS // 4)
        chosen = asyncio.run(find_leader(url))
        assert chosen in (first.pid, second.pid)
        os.kill(chosen, signal.SIGKILL)
        wait_until_arrived(server, CHATS)
        time.sleep(2)  # what comes too often comes now
        return fetch_arrivals(server)


def wait_until_arrived(server: str, chats: int) -> None:
    """Wait until so many chats have something."""
    end = time.monotonic() + _MOST_SECONDS
    while fetch_arrivals(server)["chats"] < chats:
        if time.monotonic() > end:
            raise TimeoutError(f"not {chats} chats in {_MOST_SECONDS} s: {fetch_arrivals(server)}")
        time.sleep(0.2)


def main() -> None:
    with run_postgresql() as postgresql, postgresql.open_database() as url, tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill_database(url))
        found = play_failover(url, folder)
    other, lost = "the rate that is set", CHATS - found["chats"]
    each = f"of {CHATS:,} chats, two senders, the first one killed"
    report_claims(
        Claim(f"the most in any second: {each}", found["busiest"], "messages", other, RATE, goal=1, of_ratio=True),
        Claim(f"nothing sent for: {each}", found["gap"], "s", "one message at the rate", 1 / RATE, goal=30),
        Claim(f"lost: {each}", lost, "messages", "messages that arrived", found["messages"], goal=0),
        Claim(f"twice: {each}", found["twice"], "messages", "in flight at most", IN_FLIGHT, goal=IN_FLIGHT),
    )


if __name__ == "__main__":
    main()
