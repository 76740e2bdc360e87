"""``digestbot run``: what each role does and leaves to others, and what is served where."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientConnectorError, ClientSession

from digestbot.app import App, open_app
from digestbot.domain.subscription import Address, Preferences
from digestbot.service import run_service
from digestbot.service_roles import Role
from digestbot.settings import Settings, load_settings
from tests.platforms.mornings import load_digest
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.waiting import HANG_SECONDS, wait_until

PICTURE = f"{'0' * 40}.png"


@pytest.fixture(autouse=True)
def _process_as_it_was() -> Iterator[None]:
    """``run`` has a process to itself, and sets it up."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@asynccontextmanager
async def run_roles(settings: Settings, *roles: Role) -> AsyncIterator[App]:
    async with open_app(settings) as app:
        task = asyncio.create_task(run_service(app, frozenset(roles)))
        try:
            yield app
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().remove_signal_handler(number)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as server:
        yield server


def settings_for(url: str, api: BotApi, **more: Any) -> Settings:
    telegram = {"token": TOKEN, "api_url": api.url}
    return load_settings(database_url=url, telegram=telegram, poll_seconds=0.01, delivery_jitter_seconds=0, **more)


async def get_status(port: int, path: str, method: str = "GET") -> int | None:
    """The status of what is served there; ``None`` where nothing listens."""
    try:
        async with ClientSession() as session, session.request(method, f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status
    except ClientConnectorError:
        return None


@pytest.mark.parametrize(
    ("roles", "does"),
    [
        ((Role.ALL,), {"deliver", "answer", "serve", "build"}),
        ((Role.SENDER,), {"deliver"}),
        ((Role.GATEWAY,), {"answer"}),
        ((Role.WEB,), {"serve"}),
        ((Role.BUILDER,), {"build"}),
        ((Role.SENDER, Role.WEB), {"deliver", "serve"}),
        ((Role.GATEWAY, Role.BUILDER), {"answer", "build"}),
    ],
)
async def test_a_role_does_its_part_and_no_other(
    database_url: str, api: BotApi, port: int, roles: tuple[Role, ...], does: set[str]
) -> None:
    asked: list[bytes] = []

    async def serve_arxiv(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    ada = Person(api)
    ada.chat.members[4242] = "member"  # she pressed Start once
    async with await asyncio.start_server(serve_arxiv, "127.0.0.1", 0) as archive:
        builder = {
            "arxiv_api": f"http://127.0.0.1:{archive.sockets[0].getsockname()[1]}/api",
            "arxiv_oai": "",
            "arxiv_delay_seconds": 0,
            "build_at": "00:00",
        }
        made = [{"title": "Made", "queries": ["abs:made"]}]
        settings = settings_for(
            database_url, api, metrics=True, port=port, topics=made, builder=builder, allow_private_hosts=True
        )
        async with open_app(settings) as app:
            await load_digest(app)
            topic = (await app.catalog.find_topic("topic-a")).topic
            assert topic
            who = await app.store.subscribers.get_or_create(Address("telegram", str(ada.chat.id)), Preferences())
            await app.subscriptions.subscribe(who, topic, None)
            assert await app.store.outbox.plan_now(who.id, app.clock.now()) == 1
        async with run_roles(settings, *roles):
            if "serve" in does:
                await wait_for_status(port, "/health", 200)
            if "deliver" in does:
                await api.wait_until(lambda: ada.chat.messages, HANG_SECONDS)
            if "build" in does:
                await wait_until(lambda: asked)
            if "answer" in does:
                for _ in range(2):  # time enough for what must not be delivered
                    assert (await ada.send_text("/topics")).find_button("Topic A")
            delivered = [message for message in ada.chat.messages if "Topic A · Tue 24 Nov" in message.text]
            assert bool(delivered) == ("deliver" in does)
            assert bool(api.list_calls("getUpdates")) == ("answer" in does)
            assert await get_status(port, "/health") == (200 if "serve" in does else None)
            assert bool(asked) == ("build" in does)


async def wait_for_status(port: int, path: str, wanted: int) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while await get_status(port, path) != wanted:  # the other side is over HTTP
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("more", "roles", "served"),
    [
        ({}, (Role.ALL,), {"/health": None}),
        ({}, (Role.WEB, Role.GATEWAY), {"/health": 200, "/metrics": 404, "/": 404}),
        ({"metrics": True}, (Role.ALL,), {"/health": 200, "/metrics": 200, "/": 404, f"/figures/{PICTURE}": 200}),
        ({"metrics": True}, (Role.GATEWAY, Role.SENDER), {"/health": None}),
        (
            {"archive": True},
            (Role.ALL,),
            {"/": 200, "/metrics": 404, "/topics/topic-a": 200, f"/figures/{PICTURE}": 200},
        ),
        ({"archive": True}, (Role.WEB, Role.SENDER), {"/": 200, f"/figures/{PICTURE}": 200}),
        (
            {"public_url": "https://bot.example.org/"},
            (Role.ALL,),
            {"/": 404, "/metrics": 404, f"/figures/{PICTURE}": 200},
        ),
    ],
)
async def test_what_is_served_is_what_was_asked_for(
    database_url: str,
    api: BotApi,
    port: int,
    tmp_path_factory: pytest.TempPathFactory,
    more: dict[str, Any],
    roles: tuple[Role, ...],
    served: dict[str, int | None],
) -> None:
    figures = tmp_path_factory.mktemp("figures")
    (figures / PICTURE).write_bytes(b"\x89PNG")
    settings = settings_for(database_url, api, port=port, builder={"figures_dir": figures}, **more)
    async with open_app(settings) as app:
        await load_digest(app)
    async with run_roles(settings, *roles):
        await api.wait_until(
            lambda: api.list_calls("getMe"), HANG_SECONDS
        )  # HTTP is served before a platform is reached
        assert {path: await get_status(port, path) for path in served} == served
        assert await get_status(port, "/telegram", "POST") == (
            None if None in served.values() else 403 if "public_url" in more else 404
        )


@pytest.mark.parametrize(
    ("roles", "hooked"), [((Role.ALL,), True), ((Role.WEB,), True), ((Role.GATEWAY, Role.SENDER), False)]
)
async def test_behind_a_public_address_the_process_that_serves_it_has_updates_brought(
    database_url: str, api: BotApi, port: int, roles: tuple[Role, ...], hooked: bool
) -> None:
    settings = settings_for(database_url, api, port=port, public_url="https://bot.example.org/")
    async with run_roles(settings, *roles):
        await api.wait_until(lambda: api.list_calls("getMe"), HANG_SECONDS)
        if hooked:
            await api.wait_until(lambda: api.webhook.get("url"), HANG_SECONDS)
            assert api.webhook["url"] == "https://bot.example.org/telegram"
        assert bool(api.list_calls("setWebhook")) == hooked
        assert api.list_calls("getUpdates") == []


async def test_the_secret_that_is_set_is_what_an_update_needs(database_url: str, api: BotApi, port: int) -> None:
    telegram = {"token": TOKEN, "api_url": api.url, "webhook_secret": "the-operators-own"}
    public = "https://bot.example.org"
    settings = load_settings(database_url=database_url, telegram=telegram, port=port, public_url=public)
    async with run_roles(settings, Role.ALL), ClientSession() as session:
        await api.wait_until(lambda: api.webhook.get("url"), HANG_SECONDS)
        assert api.webhook["secret_token"] == "the-operators-own"
        for secret, wanted in (("the-operators-own", 400), ("The-operators-own", 403), ("", 403)):
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
            async with session.post(f"http://127.0.0.1:{port}/telegram", data=b"{", headers=headers) as answer:
                assert answer.status == wanted
