"""A Bot API server that takes everything, as cheaply as Python can, in a process of its own; on loopback.

``python -m benchmarks.loopback SECONDS`` prints its port and answers each request after so many seconds, for five
minutes at most.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

_LIFETIME = 300
_ME = b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"bench_bot"}}'
_MESSAGE = b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":"x"}}'


_CHAT = re.compile(rb'"chat_id":\s*"?(-?\d+)')


class _ArrivalLog:
    """When a message came, and for which chat."""

    def __init__(self) -> None:
        self._moments: list[float] = []
        self._chats: Counter[bytes] = Counter()

    def record_arrival(self, body: bytes) -> None:
        """A message came."""
        if (chat := _CHAT.search(body)) and chat[1] != b"0":
            self._moments.append(time.monotonic())
            self._chats[chat[1]] += 1

    def summarize(self) -> bytes:
        """The most in any second, the longest time without any, and how many chats got how many."""
        moments, start, most = self._moments, 0, 0
        for end, moment in enumerate(moments):
            while moments[start] <= moment - 1.0:
                start += 1
            most = max(most, end - start + 1)
        gaps = [later - earlier for earlier, later in pairwise(moments)]
        twice = sum(number - 1 for number in self._chats.values())
        counted = {"messages": len(moments), "busiest": most, "gap": max(gaps, default=0), "twice": twice}
        return json.dumps(counted | {"chats": len(self._chats)}).encode()


class _LoopbackConnection(asyncio.Protocol):
    """One connection: reads requests by their length, and answers each when its time has come."""

    def __init__(self, seconds: float, arrivals: _ArrivalLog) -> None:
        self._seconds = seconds
        self._arrivals = arrivals
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            if b"/send" in head:
                self._arrivals.record_arrival(bytes(self._buffer[end + 4 : end + 4 + length]))
            del self._buffer[: end + 4 + length]
            body = _ME if b"/getme " in head else self._arrivals.summarize() if b"/arrivals " in head else _MESSAGE
            answer = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
            if self._seconds:
                asyncio.get_running_loop().call_later(self._seconds, self._write_answer, answer)
            else:
                self._write_answer(answer)

    def _write_answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)  # type: ignore[attr-defined]


async def _serve_messages(seconds: float) -> None:
    arrivals = _ArrivalLog()
    server = await asyncio.get_running_loop().create_server(
        lambda: _LoopbackConnection(seconds, arrivals), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(_LIFETIME)


@contextmanager
def run_server(seconds: float) -> Iterator[str]:
    """The address of a server in a process of its own, ended with the block."""
    words = [sys.executable, "-m", "benchmarks.loopback", str(seconds)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def fetch_arrivals(server: str) -> dict[str, Any]:
    """What arrived at a server so far."""
    with urllib.request.urlopen(f"{server}/arrivals", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


if __name__ == "__main__":
    asyncio.run(_serve_messages(float(sys.argv[1])))
