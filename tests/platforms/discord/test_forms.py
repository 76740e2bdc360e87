"""Forms on Discord: what a button asks, and what is done with the words, for whoever sends them off."""

from __future__ import annotations

import pytest

from digestbot.app import App
from digestbot.cards.callback_data import compute_token
from tests.announced import announce
from tests.core.commands.followed import PAPERS
from tests.platforms.discord import message_view
from tests.platforms.discord.api.people import InteractionRecord, Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Channel, Guild
from tests.platforms.discord.conftest import SimulatedServer, Starts

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


async def open_card(app: App, papers: Channel, mod: Person) -> InteractionRecord:
    await announce(app.store, "2026-11-23", PAPERS)
    await mod.slash(papers, "follows", topic="add gaussian splatting")
    return await mod.slash(papers, "follows", topic="gaussian splatting")


@ON_SQLITE
async def test_a_follow_is_renamed_in_a_form_also_in_one_of_before_a_restart(
    empty_app: App, api: DiscordApi, start_bot: Starts, lab: Guild, mod: Person, ada: Person
) -> None:
    papers = lab.create_channel("papers")
    async with start_bot(empty_app, api):
        card = await open_card(empty_app, papers, mod)
        asked = await mod.tap(card.message, "Rename…")
        label = asked.form["components"][0]
        assert (asked.kind, asked.form["title"]) == (9, "What should gaussian splatting be called her…")
        assert label["description"] == "What should gaussian splatting be called here?"
        component = label["component"]
        assert (component["style"], component["required"]) == (2, True)
        answer = await mod.submit_form(papers, asked.form["custom_id"], "Splats\n @everyone")
        assert (answer.ephemeral, "Splats" in answer.text, bool(answer.message.called)) == (True, True, False)
        refused = await ada.submit_form(papers, asked.form["custom_id"], "Mine")
        assert "Only members with “Manage Channels”" in refused.text
    async with start_bot(empty_app, api):
        answer = await mod.submit_form(papers, asked.form["custom_id"], "Later")
        assert "Later" in answer.text
        private = api.get_private_channel(mod.user)
        answer = await mod.submit_form(private, asked.form["custom_id"], "Elsewhere")
        assert not answer.ephemeral  # in private, where they follow nothing
        assert "Later" in (await mod.slash(papers, "follows")).text


@ON_SQLITE
async def test_forms_that_nobody_was_shown_are_told_to_be_old(
    empty_app: App, api: DiscordApi, start_bot: Starts, lab: Guild, ada: Person
) -> None:
    papers = lab.create_channel("papers")
    stored = compute_token("forget_channel")
    await empty_app.store.callback_tokens.save({stored: "forget_channel"}, empty_app.clock.now(), "")
    async with start_bot(empty_app, api):
        for form in ("1=forget_channel|#" + "0" * 16, f"1=forget_channel|#{stored}", "1=x", "1>forgetme", "settings"):
            assert "older version" in (await ada.submit_form(papers, form, "yes")).text, form


@ON_SQLITE
async def test_a_form_is_one_that_discord_takes(server: SimulatedServer) -> None:
    await announce(server.app.store, "2026-11-23", PAPERS)
    await server.mod.slash(server.papers, "follows", topic="add gaussian splatting")
    card = await server.mod.slash(server.papers, "follows", topic="gaussian splatting")
    asked = await server.tap(server.mod, card.response, "Filter…")
    done = await server.mod.submit_modal(asked, {"words": "diffusion -video"})
    assert "Only papers that also match: diffusion -video" in message_view.get_text(done.response)
