"""``digestbot run`` with Discord, as an operator starts it."""

from __future__ import annotations

import asyncio
import re
import signal

import pytest

from tests.conftest import ROOT, SAMPLES
from tests.platforms.discord import message_view
from tests.platforms.discord.api.limits import ServerLimits
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import TOKEN, DiscordApi
from tests.platforms.discord.api.world import Guild
from tests.platforms.machine import BotMachine
from tests.platforms.telegram.botapi import server as telegram
from tests.platforms.telegram.botapi.people import Person as TelegramPerson
from tests.waiting import HANG_SECONDS


async def test_it_answers_on_discord_beside_telegram_and_ends_in_order(
    machine: BotMachine, api: DiscordApi, lab: Guild, ada: Person
) -> None:
    papers = lab.create_channel("papers")
    await machine.load_page(SAMPLES)
    async with telegram.BotApi() as bot_api:
        machine.env |= {"DIGESTBOT_TELEGRAM__TOKEN": telegram.TOKEN, "DIGESTBOT_TELEGRAM__API_URL": bot_api.url}
        process = await machine.start_process("run")
        await api.wait_until_connected()
        assert "Protein Design" in (await ada.slash(papers, "topics")).text
        assert (await TelegramPerson(bot_api).send_text("/start")).find_button("Protein Design")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    log = machine.log.read_text()
    assert "'telegram', 'discord'" in log
    assert "Traceback" not in log
    assert TOKEN not in log


@pytest.mark.parametrize("wrong", ["MTIz", TOKEN.replace("not-a", "yes-a")])
async def test_a_token_that_is_none_or_refused_is_a_sentence_without_it(machine: BotMachine, wrong: str) -> None:
    machine.env["DIGESTBOT_DISCORD__TOKEN"] = wrong
    process = await machine.start_process("run")
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 2
    log = machine.log.read_text()
    assert re.search("DIGESTBOT_DISCORD__TOKEN(: | in the environment: )", log)
    assert wrong not in log


@pytest.mark.skipif(not (ROOT / ".venv" / "ready").exists(), reason="needs the .venv that make sets up")
async def test_the_readmes_five_minutes_end_with_a_first_post(
    machine: BotMachine, api: DiscordApi, lab: Guild, mod: Person
) -> None:
    papers = lab.create_channel("papers")
    running = await machine.follow_readme("DISCORD", "the-token-of-three-parts", TOKEN)
    await api.wait_until_connected()
    first = await mod.slash(papers, "follow", expression="gaussian splatting")
    followed = await mod.tap(first.message, "Follow")
    assert "Matching papers come at 08:00" in message_view.get_text(followed.message)
    assert "arXiv categories" in message_view.list_labels((await mod.slash(papers, "topics")).message)
    running.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(running.wait(), HANG_SECONDS) == 0


async def test_a_platform_that_cannot_be_reached_holds_up_no_other(
    machine: BotMachine, api: DiscordApi, lab: Guild, ada: Person
) -> None:
    papers = lab.create_channel("papers")
    await machine.load_page(SAMPLES)
    machine.env |= {"DIGESTBOT_TELEGRAM__TOKEN": telegram.TOKEN, "DIGESTBOT_TELEGRAM__API_URL": "http://127.0.0.1:9"}
    process = await machine.start_process("run")
    await api.wait_until_connected()
    assert "Protein Design" in (await ada.slash(papers, "topics")).text
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    assert "telegram_not_reached" in machine.log.read_text()


async def test_a_stop_before_discord_is_reached_is_heard(machine: BotMachine, api: DiscordApi) -> None:
    api.fail_next("GET", "/users/@me", 403, times=1000)
    process = await machine.start_process("run")
    await api.wait_until(lambda: api.list_bodies("GET", "/users/@me"))
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0


async def test_a_stop_while_an_answer_waits_for_a_rate_limit_is_in_order(
    machine: BotMachine, api: DiscordApi, lab: Guild, ada: Person
) -> None:
    """discord.py waits for the limit's end even after it was cancelled: 25 seconds, and ten are left."""
    api.limits = ServerLimits(per_second=10_000, number=2, seconds=25.0)
    process = await machine.start_process("run")
    await api.wait_until_connected()
    await ada.send_text("/help")
    api.fail_next("POST", "/messages$", 500, times=1000)
    asked = asyncio.create_task(ada.send_text("/help"))
    await api.wait_until(lambda: len(api.list_bodies("POST", "/messages$")) == 2)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), HANG_SECONDS) == 0
    asked.cancel()
    assert "stop_forced" not in machine.log.read_text()
