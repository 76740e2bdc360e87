"""What every platform does with work that goes on: the first card at once, then the others in its place."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from rich.console import Console

from digestbot.app import App, open_platform
from digestbot.core.ports import Platform
from digestbot.platforms.console import ConsolePlatform, JsonConsolePlatform
from digestbot.platforms.discord import DiscordPlatform
from digestbot.platforms.telegram import TelegramPlatform
from digestbot.settings import DiscordSettings, TelegramSettings
from tests.live_work import WorkDesk, make_card
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import Person as DiscordPerson
from tests.platforms.discord.api.server import TOKEN as DISCORD_TOKEN
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.pace import QuickPace
from tests.platforms.example_adapter import ParlourPlatform
from tests.platforms.example_server import TOKEN as PARLOUR_TOKEN
from tests.platforms.example_server import ParlourServer
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.waiting import wait_until


@dataclass
class Asker:
    """Somebody who types on a platform: ``list_seen`` are the messages there now, as they are now."""

    say: Callable[[str], Awaitable[object]]
    list_seen: Callable[[], list[str]]
    keeps_history: bool = False
    """What was shown stays above what comes after it."""


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> WorkDesk:
    return WorkDesk(monkeypatch, "topics")


@pytest.fixture(params=["console", "json", "telegram", "telegram classic", "discord", "example"])
async def asker(
    request: pytest.FixtureRequest, app: App, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Asker]:
    openers = {"discord": _open_discord, "example": _open_example}
    kind = request.param
    if kind in ("console", "json"):
        opened = _open_terminal(app, capsys, monkeypatch, is_json=kind == "json")
    elif kind in openers:
        opened = openers[kind](app)
    else:
        opened = _open_telegram(app, is_rich=kind == "telegram")
    async for one in opened:
        yield one


async def _listen(app: App, platform: Platform) -> AsyncIterator[None]:
    listening = asyncio.create_task(platform.listen(app.dispatcher.handle_message))
    yield
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _open_terminal(
    app: App, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, is_json: bool
) -> AsyncIterator[Asker]:
    lines: asyncio.Queue[str] = asyncio.Queue()

    async def iter_lines() -> AsyncIterator[str]:
        while True:
            yield await lines.get()

    monkeypatch.setattr("digestbot.platforms.console.adapter.iter_input_lines", iter_lines)
    out = io.StringIO()
    printed: list[str] = []

    def list_seen() -> list[str]:
        printed.extend(capsys.readouterr().out.splitlines())
        objects = [json.loads(line) for line in printed if line.startswith("{")]
        return [one["text"] for one in objects] if is_json else [out.getvalue()] if "A paper" in out.getvalue() else []

    console = Console(file=out, width=100, highlight=False, markup=False, emoji=False)
    platform: Platform = JsonConsolePlatform("en") if is_json else ConsolePlatform("en", console=console)
    async for _ in _listen(app, platform):
        yield Asker(lines.put, list_seen, keeps_history=True)


async def _open_telegram(app: App, *, is_rich: bool) -> AsyncIterator[Asker]:
    async with BotApi(rich=is_rich) as api:
        ada = Person(api)
        settings = TelegramSettings(token=TOKEN, api_url=api.url, messages_per_second=1000)
        platform = TelegramPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock)
        async with open_platform(platform):
            async for _ in _listen(app, platform):
                yield Asker(ada.type_text, lambda: [message.text for message in ada.chat.messages])
        assert api.violations == []


async def _open_discord(app: App) -> AsyncIterator[Asker]:
    async with DiscordApi() as api:
        ada = DiscordPerson(api, "ada")
        settings = DiscordSettings(token=DISCORD_TOKEN, api_url=api.url, requests_per_second=1000)
        platform = DiscordPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock, pace=QuickPace())
        platform.client._connection.guild_ready_timeout = 0.1  # how long no server is told of before it is ready
        async with open_platform(platform):
            chat = api.get_private_channel(ada.user)
            async for _ in _listen(app, platform):
                await api.wait_until_connected()
                yield Asker(ada.send_text, lambda: list(map(message_view.get_text, chat.messages)))
        assert api.violations == []


async def _open_example(app: App) -> AsyncIterator[Asker]:
    async with ParlourServer() as parlour, open_platform(ParlourPlatform(parlour.url, PARLOUR_TOKEN)) as platform:
        async for _ in _listen(app, platform):
            yield Asker(lambda text: parlour.send_text("ada", text), lambda: parlour.posts["ada"])


async def wait_for(asker: Asker, words: str) -> list[str]:
    """Wait until somebody sees these words; all that they see then."""
    return await wait_until(lambda: seen if words in "\n".join(seen := list(asker.list_seen())) else None) or []


async def test_each_card_takes_the_place_of_the_one_before(asker: Asker, desk: WorkDesk) -> None:
    await asker.say("/topics")
    await wait_for(asker, "Reading")
    work = await desk.wait_for_work()
    work.show("Writing …")
    seen = await wait_for(asker, "Writing")
    assert asker.keeps_history or ("Reading" not in seen[0] and len(seen) == 1)
    work.finish("It is written.")
    seen = await wait_for(asker, "It is written.")
    assert asker.keeps_history or ("Writing" not in seen[0] and len(seen) == 1)
    assert "\n".join(seen).count("It is written.") == 1
    assert work.is_closed


async def test_the_work_ends_with_the_card_of_an_error(asker: Asker, desk: WorkDesk) -> None:
    await asker.say("/topics")
    (await desk.wait_for_work()).show(ZeroDivisionError())
    await wait_for(asker, "That did not work")
    assert desk.works[0].is_closed


async def test_a_person_who_asks_for_too_much_is_told_so(asker: Asker, desk: WorkDesk) -> None:
    if asker.keeps_history:
        pytest.skip("a terminal takes the next line when the work before it is done")
    for number in range(6):
        await asker.say("/topics")
        await desk.wait_for_work(number)
    await wait_for(asker, "Too much is being worked on here already")
    for work in desk.works:
        work.finish("Done.")
    await wait_until(lambda: sum("Done." in text for text in asker.list_seen()) == 5)


async def test_what_is_said_of_the_work_is_text_from_strangers(asker: Asker, desk: WorkDesk) -> None:
    await asker.say("/topics")
    work = await desk.wait_for_work()
    work.show(make_card("<b>@everyone</b> [red]x[/red] \x1b[2J *y* `z`"))
    work.finish(make_card("<b>@everyone</b> [red]x[/red] \x1b[2J *y* `z` done"))
    seen = "\n".join(await wait_for(asker, "done"))
    assert "\x1b[2J" not in seen
    assert "[red]x[/red]" in seen.replace("\\", "").replace("\u2060", "")
