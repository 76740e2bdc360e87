"""A thousand people ask, while feeds, papers, a mirror of arXiv and a model are made to keep the bot busy."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from tests.builder.endpoint import GOOD, ModelEndpoint
from tests.builder.papers import build_pdf
from tests.crash.answers import AnswerResult, AnswerWorld, CrowdSize, find_99th
from tests.waiting import wait_until

HOSTILE_ANSWER = {**GOOD, "headline": "@everyone " * 2_000, "takeaways": ["http://a.b " * 500] * 50}


@dataclass
class HostileHost:
    """A web host on loopback whose every answer is an attack; ``weight`` is how large they are, 1 for full size."""

    weight: float
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    model: ModelEndpoint = field(default_factory=lambda: ModelEndpoint(answer=HOSTILE_ANSWER))

    def list_feeds(self) -> dict[str, bytes]:
        """Feeds that are slow to parse in a way of their own each."""
        much = int(200_000 * self.weight)
        levels = [b'<!ENTITY a%d "%s">' % (level + 1, b"&a%d;" % level * 10) for level in range(9)]
        start, end = b"<rss version='2.0'><channel><item><title>", b"</title></item></channel></rss>"
        return {
            "papers": json.dumps([{"id": f"2611.{number:05}"} for number in range(100)]).encode(),
            "numbers": json.dumps([{"id": f"2611.{number:05}"} for number in range(much // 4)]).encode(),
            "moved": b"",
            "huge": bytes(6_000_000),
            "entities": b'<!DOCTYPE x [<!ENTITY a0 "ha">' + b"".join(levels) + b"]>" + start + b"&a9;" + end,
            "items": b"<rss version='2.0'><channel>" + self._make_items(much // 24) + b"</channel></rss>",
            "angles": start + b"<" * much * 8 + end,
            "ampersands": start + b"&" * much * 8 + end,
            "nested": b"<rss version='2.0'><channel>" + b"<div>" * much,
        }

    def _make_items(self, number: int) -> bytes:
        item = (
            "<item><title>Loops {0}</title><link>https://doi.org/10.1101/2026.{0}</link><description>{1}</description>"
        )
        return "".join(item.format(i, "see http://a.b " * 12) + "</item>" for i in range(number)).encode()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        kind = request.path.split("/")[1]
        self.asked[kind] += 1
        if request.path == "/feeds/moved":
            return web.Response(status=302, headers={"Location": "/feeds/moved"})
        if kind == "v1":
            return await self.model.handle_request(request)
        content = {
            "feeds": lambda: self.list_feeds()[request.path.rpartition("/")[2]],
            "api": self._answer_query,
            "html": lambda: b"<html><body><article>" + b"<div>" * int(50_000 * self.weight) + b"</html>",
            "pdf": lambda: build_pdf(*[b"q 1 0 0 1 0 0 cm " * int(100_000 * self.weight)] * 5),
        }[kind]()
        return web.Response(body=content)

    def _answer_query(self) -> bytes:
        """What arXiv would say of a hundred papers, each with an abstract that is long and all addresses."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        abstract = "http://a.b " * int(200 * self.weight)
        entries = "".join(
            f"<entry><id>http://arxiv.org/abs/2611.{i:05}v1</id><title>Loops {i}</title><updated>{now}</updated>"
            f"<published>{now}</published><summary>{abstract}</summary></entry>"
            for i in range(100)
        )
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


@asynccontextmanager
async def open_hostile_host(weight: float) -> AsyncIterator[HostileHost]:
    """The host, served."""
    host, app = HostileHost(weight), web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{path:.*}", host.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield host
    finally:
        await runner.cleanup()


def build_attacked_settings(host: HostileHost) -> dict[str, str]:
    """The settings of a bot that makes digests of those feeds all the time, since each topic has its own.

    "papers" leads to the mirror's papers and to the model, "numbers" to more of them than anybody can read.
    """
    return {
        "ALLOW_PRIVATE_HOSTS": "true",
        "BUILDER__BUILD_AT": "00:00",
        "BUILDER__API_KEYS": json.dumps({"openai": host.model.key}),
        "BUILDER__MODELS": json.dumps([{"name": "small-model", "account": "openai", "base_url": f"{host.url}/v1"}]),
        "BUILDER__ARXIV_API": f"{host.url}/api",
        "BUILDER__ARXIV_OAI": "",
        "BUILDER__ARXIV_PAGES": host.url,
        "BUILDER__ARXIV_DELAY_SECONDS": "0",
    }


def write_attacked_topics(host: HostileHost, folder: Path) -> None:
    """The topics of that bot, in its ``digestbot.toml``."""
    topics = (f'[[topics]]\ntitle = "Feed {name}"\nfeeds = ["{host.url}/feeds/{name}"]\n' for name in host.list_feeds())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "digestbot.toml").write_text("".join(topics), "utf-8")


async def play_hostile_feed(size: CrowdSize, folder: Path, weight: float = 1.0) -> AnswerResult:
    """Ask without the attack, and with it."""
    async with AnswerWorld(folder / "quiet", {}) as world:
        quiet = await world.ask_all(size)
    async with open_hostile_host(weight) as host:
        write_attacked_topics(host, folder / "attacked")
        async with AnswerWorld(folder / "attacked", build_attacked_settings(host)) as world:
            await wait_until(lambda: host.asked["feeds"])
            attacked = await world.ask_all(size)
            assert world.process.returncode is None, world.read_log()
        asked = ", ".join(f"{count} {kind}" for kind, count in sorted(host.asked.items()))
    return AnswerResult("a hostile feed", size, f"fetched meanwhile: {asked}", find_99th(quiet), find_99th(attacked))
