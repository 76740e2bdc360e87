"""Members who type, tap and choose: what they see, and what only they see."""

from __future__ import annotations

from tests.platforms.discord import seen
from tests.platforms.discord.conftest import Server


async def test_a_digest_is_for_all_and_its_details_for_who_taps(server: Server) -> None:
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    assert not digest.ephemeral
    assert seen.heading(digest.response) == "Protein Design · 2026-11-23"
    assert "**1. [LoopSmith: Designing Antibody Loops" in seen.text(digest.response)
    details = await server.taps(server.mod, digest.response, "Details")
    assert details.ephemeral
    assert seen.heading(details.response).startswith("[LoopSmith")
    assert "Conditions on three or more epitope residues" in seen.text(details.response)


async def test_who_asked_for_a_digest_reads_on_in_place_and_finds_the_way_back(server: Server) -> None:
    digest = await server.ada.slash(server.papers, "latest", topic="protein-design")
    await server.taps(server.ada, digest.response, "Details")
    assert seen.heading(server.papers.last_message).startswith("[LoopSmith")
    await server.taps(server.ada, server.papers.last_message, "Back")
    assert seen.heading(server.papers.last_message) == "Protein Design · 2026-11-23"
    assert len(server.papers.history()) == 1


async def test_a_moderator_subscribes_a_channel_and_it_gets_its_digest_once(server: Server, clock) -> None:
    done = await server.mod.slash(server.papers, "subscribe", topic="protein-design", time="10:00")
    assert done.ephemeral
    assert "Subscribed: Protein Design" in seen.text(done.response)
    clock.set("2026-11-24 10:00")
    assert (await server.delivers()).sent == 1
    assert (await server.delivers()).sent == 0
    (message,) = server.papers.history()
    assert seen.heading(message) == "Protein Design · 2026-11-23"
    assert "written by a language model" in seen.text(message)
