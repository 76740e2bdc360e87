"""What every platform keeps to, whatever it looks like: one suite that each adapter passes."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from digestbot.app import App, open_platform
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.context import RenderContext
from digestbot.cards.digests import digest_cards
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.ports import IncomingMessage, Platform
from digestbot.domain.digest import EXTRACT_WRITER, Digest, Entry, Figure, Summary
from digestbot.domain.paper import Paper
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms import discord
from digestbot.platforms.console import ConsolePlatform, JsonConsolePlatform
from digestbot.platforms.telegram import TelegramPlatform
from digestbot.settings import DiscordSettings, TelegramSettings
from digestbot.store.digests.digest_writer import PageKey
from tests.platforms.discord import message_view
from tests.platforms.discord.api.server import TOKEN as DISCORD_TOKEN
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import User
from tests.platforms.example_adapter import ParlourPlatform
from tests.platforms.example_server import TOKEN as PARLOUR_TOKEN
from tests.platforms.example_server import ParlourServer
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import TOKEN, BotApi
from tests.platforms.telegram.botapi.world import BOT_ID


class PlatformReader:
    """Somebody on a platform, and what they have seen there."""

    def __init__(self, platform: Platform, address: Address, seen: Callable[[], str]) -> None:
        self.platform, self.address, self.seen = platform, address, seen


@pytest.fixture(params=["console", "json", "telegram", "telegram classic", "discord", "example"])
async def reader(
    request: pytest.FixtureRequest, app: App, capsys: pytest.CaptureFixture[str]
) -> AsyncIterator[PlatformReader]:
    if request.param == "console":
        screen = Console(file=io.StringIO(), width=100, highlight=False, markup=False, emoji=False)
        yield PlatformReader(ConsolePlatform(console=screen), Address("console", "local"), screen.file.getvalue)  # type: ignore[attr-defined]
        return
    if request.param == "json":
        yield PlatformReader(JsonConsolePlatform(), Address("console", "local"), lambda: capsys.readouterr().out)
        return
    if request.param == "discord":
        async for found in _on_discord(app):
            yield found
        return
    if request.param == "example":
        async with ParlourServer() as parlour, open_platform(ParlourPlatform(parlour.url, PARLOUR_TOKEN)) as example:
            yield PlatformReader(example, Address("parlour", "papers"), lambda: "\n".join(parlour.posts["papers"]))
        return
    async with BotApi(rich="classic" not in request.param) as api:
        ada = Person(api)
        ada.chat.members[BOT_ID] = "member"
        settings = TelegramSettings(token=TOKEN, api_url=api.url, messages_per_second=1000)
        platform = TelegramPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock)
        async with open_platform(platform):
            yield PlatformReader(
                platform,
                Address("telegram", str(ada.id)),
                lambda: "\n".join(message.text for message in ada.chat.messages),
            )
        assert api.violations == []


async def _on_discord(app: App) -> AsyncIterator[PlatformReader]:
    async with DiscordApi() as api:
        guild = await api.add_guild("Fold Lab", User("owner"))
        papers = guild.create_channel("papers")
        settings = DiscordSettings(token=DISCORD_TOKEN, api_url=api.url, requests_per_second=1000)
        platform = discord.DiscordPlatform(settings, app.store, app.catalog, app.subscriptions, app.clock)
        async with open_platform(platform):
            address = Address("discord", str(guild.id), str(papers.id))
            yield PlatformReader(platform, address, lambda: "\n".join(map(message_view.get_text, papers.messages)))
        assert api.violations == []


@pytest.mark.parametrize("form", list(CardStyle))
async def test_it_says_what_it_can_show_and_has_a_name(reader: PlatformReader, form: CardStyle) -> None:
    assert reader.platform.name == reader.address.platform
    assert isinstance(reader.platform.capabilities_for(form), Capabilities)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_every_answer_becomes_messages(reader: PlatformReader, app: App, language: str) -> None:
    for command in COMMANDS:
        for text in (f"/{command.name}", f"/{command.example}", f"/{command.name} 2611.90112"):
            incoming = IncomingMessage(
                reader.address, text, language, capabilities_for=reader.platform.capabilities_for
            )
            answer = await app.dispatcher.handle_message(incoming)
            assert reader.platform.render(answer.card, answer.preferences.card_style)


async def test_a_digest_arrives_whole_with_its_notice(reader: PlatformReader, app: App) -> None:
    match = await app.catalog.find_topic("protein-design")
    assert match.topic
    found = await app.catalog.get_latest(match.topic)
    assert found
    view = RenderContext(capabilities=reader.platform.capabilities_for(CardStyle.RICH))
    for card in digest_cards(found.topic, found.digest, view):
        for part in reader.platform.render(card, CardStyle.RICH):
            await reader.platform.send(reader.address, part)
    seen = " ".join(reader.seen().replace("│", " ").split())
    for title in ("LoopSmith", "Thermostable by Construction", "Does a Fold Need a Sequence"):
        assert title in seen
    assert "AI summaries" in seen


async def test_what_is_due_is_delivered_once(reader: PlatformReader, app: App, clock) -> None:
    incoming = IncomingMessage(reader.address, "/subscribe protein-design 10:00")
    assert (await app.dispatcher.handle_message(incoming)).card.ok
    clock.set("2026-11-24 10:00")
    assert (await app.build_delivery_service([reader.platform]).run_cycle()).sent == 1
    assert (await app.build_delivery_service([reader.platform]).run_cycle()).sent == 0
    assert "LoopSmith" in reader.seen()


async def test_a_digest_that_was_made_here_is_shown_with_how_it_was_made(reader: PlatformReader, app: App) -> None:
    """A paper that arXiv has not, new versions, captions, and who wrote from what."""
    doi = "10.1101/2026.11.20.123456"
    paper = Paper(doi, 1, "Loops in vivo @everyone", ("Ada Moreno",), "We see loops.")
    figure = Figure("https://figures.example.org/1.png", (), "Figure 1: <b>Loops</b> `in` vivo.")
    made = Entry(paper, Summary("Loops are seen.", basis="pdf", writer="small-model"), (figure,), is_updated=True)
    begins = Summary("It begins.", basis="abstract", writer=EXTRACT_WRITER)
    extract = Entry(replace(paper, arxiv_id="2611.00077", title="Plain"), begins)
    page = PageKey("digestbot:build/loops/2026-11-24", "x", {})
    await app.store.digests.save_pages(
        [(page, [Digest("Loops", date(2026, 11, 24), (made, extract))])], app.clock.now()
    )
    for text in ("/latest loops", f"/paper https://doi.org/{doi}", f"/save {doi}", "/paper 2611.00077"):
        answer = await app.dispatcher.handle_message(
            IncomingMessage(reader.address, text, capabilities_for=reader.platform.capabilities_for)
        )
        assert answer.card.ok, text
        for part in reader.platform.render(answer.card, answer.preferences.card_style):
            await reader.platform.send(reader.address, part)
    seen = " ".join(reader.seen().replace("│", " ").replace("\u2060", "").split())  # joiners keep names from links
    for words in ("Loops are seen.", doi, "new version", "Summary of the full text (PDF), written by small-model"):
        assert words in seen
    assert "From the abstract" in seen
    assert "From the abstract" in seen
