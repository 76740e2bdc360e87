"""The webhook: updates that Telegram brings to the starlette app, with the secret that it was told."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from digestbot.app import App
from digestbot.errors import SettingsError
from digestbot.platforms.telegram.incoming.webhook import WEBHOOK_PATH
from digestbot.web.metrics import PrometheusMetrics
from digestbot.web.server import build_web_app, open_server
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.conftest import RunningBot, Starts, get_webhook

SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def webhook_bot(app, start_bot: Starts, port: int) -> AsyncIterator[RunningBot]:
    """The bot behind its webhook."""
    async with (
        start_bot(app, listening=False, public_url=f"http://127.0.0.1:{port}") as made,
        open_server(build_web_app(app.store, app.clock, PrometheusMetrics(), [get_webhook(made)]), "127.0.0.1", port),
        made.listen(),
    ):
        yield made


async def test_an_update_that_is_brought_is_answered(webhook_bot: RunningBot, api: BotApi, ada: Person) -> None:
    await api.wait_until(lambda: api.webhook.get("url"))
    assert "Good morning" in (await ada.send_text("/start")).text
    await api.wait_until(lambda: api.webhook_status == [200])
    assert api.webhook["allowed_updates"] == ["message", "callback_query", "inline_query", "my_chat_member"]
    assert api.list_calls("getUpdates") == []


async def test_the_secret_is_asked_for_and_says_nothing_of_the_token(
    webhook_bot: RunningBot, api: BotApi, ada: Person, port: int
) -> None:
    await api.wait_until(lambda: api.webhook.get("url"))
    secret = api.webhook["secret_token"]
    assert TOKEN not in secret
    update = {"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": ada.chat.to_json(), "text": "/start"}}
    async with ClientSession() as session:
        for headers, body, status in (
            ({}, update, 403),
            ({SECRET: "wrong"}, update, 403),
            ({SECRET: secret}, [], 400),
            ({SECRET: secret}, {"update_id": "one"}, 400),
            ({SECRET: secret}, {"message": {}}, 400),
            ({SECRET: secret}, {"update_id": 7, "message": {"message_id": "x"}}, 200),
            ({SECRET: secret}, {"update_id": 8, "unheard_of": 1}, 200),
        ):
            async with session.post(f"http://127.0.0.1:{port}{WEBHOOK_PATH}", json=body, headers=headers) as answer:
                assert answer.status == status, body
        async with session.post(
            f"http://127.0.0.1:{port}{WEBHOOK_PATH}", data=io.BytesIO(bytes(2_000_000)), headers={SECRET: secret}
        ) as answer:
            assert answer.status == 413
        async with session.get(f"http://127.0.0.1:{port}/health") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with session.get(f"http://127.0.0.1:{port}{WEBHOOK_PATH}") as answer:
            assert answer.status == 405
    assert "Good morning" in (await ada.send_text("/start")).text  # and it goes on


async def test_an_update_that_is_brought_twice_is_answered_once(
    webhook_bot: RunningBot, api: BotApi, ada: Person, port: int
) -> None:
    await api.wait_until(lambda: api.webhook.get("url"))
    assert "Good morning" in (await ada.send_text("/start")).text
    message = {"message_id": 9, "date": 1, "chat": ada.chat.to_json(), "from": ada.to_json(), "text": "/help"}
    headers = {SECRET: api.webhook["secret_token"]}
    async with ClientSession() as session:
        for _ in range(3):
            url = f"http://127.0.0.1:{port}{WEBHOOK_PATH}"
            async with session.post(url, json={"update_id": 900, "message": message}, headers=headers) as answer:
                assert answer.status == 200
    await ada.type_text("/topics")  # a chat's updates are answered in their order, so that this one is the last
    await api.wait_until(lambda: ada.chat.messages[-1].text.startswith("Topics"))
    assert len(ada.chat.messages) == 3


async def test_an_update_is_known_again_after_hundreds_of_others(
    webhook_bot: RunningBot, api: BotApi, ada: Person
) -> None:
    await api.wait_until(lambda: api.webhook.get("url"))
    assert "Good morning" in (await ada.send_text("/start")).text
    message = {"message_id": 9, "date": 1, "chat": ada.chat.to_json(), "from": ada.to_json(), "text": "/help"}
    others = [{"update_id": number} for number in range(10_000, 10_900)]
    for update in ({"update_id": 900, "message": message}, *others, {"update_id": 900, "message": message}):
        assert await get_webhook(webhook_bot).handle_update(json.dumps(update).encode()) == 200
    await ada.type_text("/topics")
    await api.wait_until(lambda: ada.chat.messages[-1].text.startswith("Topics"))
    assert len(ada.chat.messages) == 3


async def test_the_operators_own_secret_is_the_one_that_is_asked_for(app: App, start_bot: Starts) -> None:
    url = "https://bot.example.org"
    async with start_bot(app, listening=False, public_url=url, webhook_secret="chosen-by-the-operator") as bot:
        assert get_webhook(bot).is_secret("chosen-by-the-operator")
        for wrong in ("", "chosen-by-the-operatoR", "chosen", "ö"):
            assert not get_webhook(bot).is_secret(wrong)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b'{"update_id": 1e400}', 400),
        (b'{"update_id": NaN}', 400),
        (b'{"update_id": 1, "message": {"message_id": 1, "date": 1e400}}', 400),
        (b'{"update_id": 1, "message": {"message_id": 1, "date": -Infinity}}', 400),
        (b'{"update_id": ' + b"9" * 5_000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b'{"update_id": 1, "message": ' + b'{"reply_to_message": ' * 100_000, 400),
        (b'{"update_id": 1, "message": ' + b'{"reply_to_message": ' * 400 + b"1" + b"}" * 401, 200),
        (b'{"update_id": 1, "message": {"message_id": 1, "date": 1e300, "chat": {"id": 1, "type": "private"}}}', 200),
        (b'{"update_id": 1, "message": {"message_id": 1, "date": "x", "chat": {"id": 1, "type": "private"}}}', 200),
    ],
)
async def test_a_body_that_nobody_can_read_is_refused_and_breaks_nothing(
    app: App, start_bot: Starts, body: bytes, status: int
) -> None:
    async with start_bot(app, listening=False, public_url="https://bot.example.org") as bot:
        assert await get_webhook(bot).handle_update(body) == status


async def test_a_port_that_is_taken_is_said(app: App, port: int) -> None:
    routes = build_web_app(app.store, app.clock, PrometheusMetrics())
    async with open_server(routes, "127.0.0.1", port):
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port} cannot be listened on"):
            async with open_server(routes, "127.0.0.1", port):
                pass
