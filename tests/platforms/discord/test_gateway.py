"""The connection: identified once, cut, resumed; and what happened meanwhile is not lost."""

from __future__ import annotations

from digestbot.app import App
from tests.platforms.discord import seen
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Guild
from tests.platforms.discord.conftest import Starts


async def test_commands_are_answered_over_the_real_connection(
    app: App, api: DiscordApi, lab: Guild, ada: Person, starts: Starts
) -> None:
    papers = lab.makes("papers")
    async with starts(app, api):
        digest = await ada.slash(papers, "latest", topic="protein-design")
        assert seen.heading(digest.message) == "Protein Design · 2026-11-23"
        assert not digest.ephemeral
