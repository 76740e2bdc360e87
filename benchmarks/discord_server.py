"""The tests' Discord on loopback, in a process of its own: with Discord's own 50 requests a second, or with members.

``python -m benchmarks.discord_server limit`` and ``… members`` print the port; each line read then is work to do, and
the line printed back is what came of it, in JSON. It ends with its input, or after some minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import User

_LIFETIME = 300
_CHANNELS = 100 if os.environ.get("BENCH_SHORT") else 5_000
FIRST_CHANNEL = 1_000_000
GUILD = 4_194_304
"""The server's number, in which every channel is."""


async def _serve_api(kind: str) -> None:
    per_second = 50 if kind == "limit" else 1_000_000
    async with asyncio.timeout(_LIFETIME), DiscordApi(per_second=per_second, strict=False) as api:
        guild = await api.add_guild("Benchmark", User("owner"))
        guild.id = GUILD
        for number in range(_CHANNELS if kind == "limit" else 1):
            guild.create_channel(f"channel {number}", id=FIRST_CHANNEL + number)
        api.by_number = {channel.id: channel for channel in guild.channels}
        print(api.port, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await _do_work(api, json.loads(line))), flush=True)


async def _do_work(api: DiscordApi, work: dict[str, Any]) -> Any:  # noqa: ANN401
    """What was refused and posted; or what members waited for the answers to words, in seconds."""
    if "words" not in work:
        return {"refused": api.refused[429], "posted": sum(len(one.messages) for one in api.by_number.values())}
    ada, channel = Person(api, "ada"), api.get_channel(FIRST_CHANNEL)
    await api.wait_until_connected()
    took = []
    for words in work["words"]:
        found = await ada.slash(channel, "search", words=words)
        typed = await ada.type_option(channel, "paper", "paper", words)
        took.append((found.took, typed.took))
    return took


@contextmanager
def run_server(kind: str) -> Iterator[tuple[str, Any]]:
    """The address of a server in a process of its own, and what gives it work; ended with the block."""
    words = [sys.executable, "-m", "benchmarks.discord_server", kind]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout

    async def give_work(work: dict[str, Any]) -> Any:  # noqa: ANN401
        process.stdin.write(json.dumps(work) + "\n")  # type: ignore[union-attr]
        process.stdin.flush()  # type: ignore[union-attr]
        return json.loads(await asyncio.to_thread(process.stdout.readline))  # type: ignore[union-attr]

    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/api/v10", give_work
    finally:
        process.terminate()
        process.wait(timeout=10)


if __name__ == "__main__":
    asyncio.run(_serve_api(sys.argv[1]))
