"""arXiv and a model on loopback, in a process of their own: ``python -m benchmarks.papers NUMBER SECONDS``.

It prints both addresses. The model answers after so many seconds; ``/told`` says what it was asked.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from tests.builder.archive import Submission, open_archive
from tests.builder.endpoint import open_endpoint
from tests.builder.papers import WORDS, html_paper

_LIFETIME = 300


@dataclass(frozen=True, slots=True)
class ServerAddresses:
    """Where they listen."""

    arxiv: str
    model: str
    told: str


async def run_in_process(number: int, seconds: float) -> None:
    """Serve for five minutes at most."""
    async with open_archive() as archive, open_endpoint() as endpoint:
        endpoint.delay = seconds
        now = datetime.now(UTC)
        for i in range(number):
            text = html_paper(f"Loops {i}", method=WORDS * 200)  # about 30,000 characters, as papers have
            came = now - timedelta(minutes=i + 1)
            archive.add(Submission(f"2611.{i:05}", f"Loops {i}", "We design loops.", published=came, html=text))

        async def report_counts(_: web.Request) -> web.Response:
            counted = {"calls": len(endpoint.asked), "tokens": endpoint.tokens, "most": endpoint.most_at_once}
            return web.json_response(counted)

        app = web.Application()
        app.router.add_get("/told", report_counts)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        print(json.dumps([archive.url, endpoint.url, f"http://{host}:{port}/told"]), flush=True)
        await asyncio.sleep(_LIFETIME)


@contextmanager
def run_servers(number: int, seconds: float) -> Iterator[ServerAddresses]:
    """The servers, started and ended."""
    command = [sys.executable, "-m", "benchmarks.papers", str(number), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield ServerAddresses(*json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(run_in_process(int(sys.argv[1]), float(sys.argv[2])))
