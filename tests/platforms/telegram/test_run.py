"""``digestbot run`` as an operator starts it."""

from __future__ import annotations

import asyncio
import signal

import pytest
from aiohttp import ClientSession

from tests.conftest import ROOT, SAMPLES
from tests.platforms.machine import BotMachine
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT_ID
from tests.waiting import HANG_SECONDS


async def test_it_answers_and_ends_in_order_on_sigterm(machine: BotMachine, api: BotApi, ada: Person) -> None:
    await machine.load_page(SAMPLES)
    process = await machine.start_process("run")
    assert (await ada.send_text("/start")).find_button("Protein Design")
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    log = machine.log.read_text()
    assert "event=telegram_listening bot=digest_test_bot by=polling" in log
    assert "Traceback" not in log
    assert TOKEN not in log


async def test_at_a_second_signal_no_answer_is_waited_for(machine: BotMachine, api: BotApi, ada: Person) -> None:
    before, later = sorted(SAMPLES.glob("*/protein-design.md"))[:2]
    await machine.load_page(before)
    process = await machine.start_process("run")
    await ada.send_text("/subscribe protein-design instant")
    api.fail_next("sendMessage", "held", times=10)
    sent = len(api.list_calls("sendMessage"))
    await machine.load_page(later)
    await api.wait_until(lambda: len(api.list_calls("sendMessage")) > sent)
    process.send_signal(signal.SIGTERM)
    await api.wait_until(lambda: "service_stopping" in machine.log.read_text())
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0, machine.log.read_text()
    assert machine.read_states() == ["sending"]  # it may have arrived


@pytest.mark.skipif(not (ROOT / ".venv" / "ready").exists(), reason="needs the .venv that make sets up")
async def test_the_readmes_five_minutes_end_with_an_answer(machine: BotMachine, api: BotApi, ada: Person) -> None:
    running = await machine.follow_readme("TELEGRAM", "123456:the-token-that-BotFather-gave", TOKEN)
    preview = await ada.send_text("/follow gaussian splatting")
    await ada.tap(preview, "Follow")
    await api.wait_until(lambda: "Matching papers come at 08:00" in ada.chat.messages[-1].text)
    running.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(running.wait(), HANG_SECONDS) == 0


async def test_a_token_that_telegram_refuses_is_a_sentence_without_the_token(machine: BotMachine) -> None:
    machine.env["DIGESTBOT_TELEGRAM__TOKEN"] = "4242:AAanother-token-that-is-wrong"
    process = await machine.start_process("run")
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 2
    assert "Telegram refuses this token; @BotFather shows the right one" in machine.log.read_text()
    assert "AAanother" not in machine.log.read_text()


@pytest.mark.parametrize("wrong", ["secret-but-no-token", "123:short"])
async def test_what_is_no_token_at_all_is_a_sentence_too(machine: BotMachine, wrong: str) -> None:
    machine.env["DIGESTBOT_TELEGRAM__TOKEN"] = wrong
    process = await machine.start_process("run")
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 2
    log = machine.log.read_text()
    assert "DIGESTBOT_TELEGRAM__TOKEN in the environment: not a bot token" in log
    assert wrong not in log


async def test_with_a_public_address_updates_are_brought_to_the_webhook(
    machine: BotMachine, api: BotApi, ada: Person, port: int
) -> None:
    machine.env |= {"DIGESTBOT_PUBLIC_URL": "https://bot.example.org/x/", "DIGESTBOT_PORT": str(port)}
    process = await machine.start_process("run")
    await api.wait_until(lambda: api.webhook.get("url") == "https://bot.example.org/x/telegram")
    ada.chat.members[BOT_ID] = "member"
    message = {"message_id": 1, "date": 1, "chat": ada.chat.to_json(), "from": ada.to_json(), "text": "/help"}
    headers = {"X-Telegram-Bot-Api-Secret-Token": api.webhook["secret_token"]}
    async with ClientSession() as session:
        url = f"http://127.0.0.1:{port}/telegram"
        async with session.post(url, json={"update_id": 1, "message": message}, headers=headers) as answer:
            assert answer.status == 200
    await api.wait_until(lambda: ada.chat.messages)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    assert headers["X-Telegram-Bot-Api-Secret-Token"] not in machine.log.read_text()


async def test_hundreds_of_slow_clients_hold_up_neither_updates_nor_the_end(
    machine: BotMachine, api: BotApi, ada: Person, port: int
) -> None:
    machine.env |= {"DIGESTBOT_PUBLIC_URL": "https://bot.example.org", "DIGESTBOT_PORT": str(port)}
    process = await machine.start_process("run")
    await api.wait_until(lambda: api.webhook.get("url"))
    secret = f"X-Telegram-Bot-Api-Secret-Token: {api.webhook['secret_token']}\r\n"
    start = "POST /telegram HTTP/1.1\r\nHost: a\r\n"
    halves = (start, f"{start}Content-Length: 900000\r\n\r\n{{", f"{start}{secret}Content-Length: 900000\r\n\r\n{{")
    writers = []
    for number in range(200):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(halves[number % len(halves)].encode())
        writers.append(writer)
    update = b'{"update_id": 1}'
    body = f"{start}{secret}Content-Length: {len(update)}\r\n\r\n".encode() + update
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(body)
    assert (await asyncio.wait_for(reader.readline(), HANG_SECONDS)).split()[1] == b"200"
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    assert "stop_forced" not in machine.log.read_text()
    for one in (*writers, writer):
        one.close()


async def test_a_server_that_is_not_there_yet_is_waited_for(machine: BotMachine, api: BotApi, ada: Person) -> None:
    api.fail_next("getMe", 502, times=2)
    process = await machine.start_process("run")
    assert (await ada.send_text("/start")).text
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    assert "event=telegram_not_reached" in machine.log.read_text()


async def test_a_stop_before_the_server_is_reached_is_heard(machine: BotMachine, api: BotApi) -> None:
    api.fail_next("getMe", 502, times=1000)
    process = await machine.start_process("run")
    await api.wait_until(lambda: api.list_calls("getMe"))
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
