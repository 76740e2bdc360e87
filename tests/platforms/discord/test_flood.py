"""One who floods Discord's commands, buttons, messages and completions, and others who ask meanwhile."""

from __future__ import annotations

import pytest
import simcord

from digestbot.app import App
from digestbot.core.answers.answer_limiter import Allowance, AnswerLimits
from digestbot.core.commands.registry import COMMANDS
from digestbot.core.times.places import load_places
from digestbot.domain.subscription import Address
from digestbot.platforms.discord import DiscordPlatform
from digestbot.platforms.discord.incoming.autocomplete import AUTOCOMPLETED_OPTIONS
from tests.fakes import ManualClock
from tests.platforms.discord import message_view
from tests.platforms.discord.conftest import SimulatedServer, make_platform
from tests.work import HOSTILE_LINES, HOSTILE_OPTIONS, SAVED_PAPERS, TOPICS, WorkCounter, fill_app

TWO = AnswerLimits(person=Allowance(2, 1.0), typing=Allowance(2, 1.0))
COMPARED_PLACES = 40
"""Names that are looked at letter by letter where no place begins with what is typed; of topics none are."""
NOTICE = "That was too much at once"
KEYSTROKE_CALLS = 110_000
"""A thousand topics are some 40,000, two thousand saved papers some 30,000; simcord has its own."""


class TestFlood:
    @pytest.fixture
    async def platform(self, app: App) -> DiscordPlatform:
        return make_platform(app, TWO)

    async def test_commands_are_counted_with_one_notice_that_only_its_person_sees(
        self, server: SimulatedServer, clock: ManualClock
    ) -> None:
        done = [await server.ada.slash(server.papers, "help") for _ in range(5)]
        texts = [message_view.get_text(one.response) if one.response else "" for one in done]
        assert [NOTICE in text for text in texts] == [False, False, True, False, False]
        assert [one.acknowledged for one in done] == [True, True, True, False, False]
        assert done[2].ephemeral
        assert (await server.mod.slash(server.papers, "help")).acknowledged
        clock.advance(seconds=1)
        assert (await server.ada.slash(server.papers, "help")).acknowledged

    async def test_taps_and_menu_commands_are_counted_too(self, server: SimulatedServer) -> None:
        await server.mod.slash(server.papers, "settings", name="answers", value="public")
        card = (await server.mod.slash(server.papers, "latest", topic="protein-design")).response
        taps = [await server.open_paper(server.ada, card, which) for which in range(3)]
        assert NOTICE in message_view.get_text(taps[2].response)
        link = await server.mod.send(server.papers, "https://arxiv.org/abs/2611.90112")
        assert not (await server.ada.context_menu(server.papers, "Look up paper", link)).acknowledged

    async def test_who_types_too_fast_is_offered_nothing_and_may_still_ask(
        self, server: SimulatedServer, clock: ManualClock
    ) -> None:
        async def count_offers() -> int:
            return len(await server.ada.autocomplete(server.papers, "latest", "topic", "prot"))

        assert [await count_offers() for _ in range(3)] == [1, 1, 0]
        assert (await server.ada.slash(server.papers, "help")).acknowledged
        clock.advance(seconds=1)
        assert await count_offers() == 1


async def test_no_keystroke_costs_much(
    simcord_env: simcord.Env, server: SimulatedServer, app: App, clock: ManualClock
) -> None:
    load_places()  # as a bot that starts does
    await fill_app(app, Address("discord", str(server.ada.id)))
    await server.ada.autocomplete(
        server.papers, "subscribe", "topic", "diffusoin modl"
    )  # names are folded once in a life
    kinds = ("nothing", "repeated names", "one long word", "CJK")
    lines = [line[:300] for line in (*(HOSTILE_LINES[kind] for kind in kinds), HOSTILE_OPTIONS["timezones"])]
    for command in COMMANDS:
        for param in command.params:
            if param.name not in AUTOCOMPLETED_OPTIONS:
                continue
            filled = {other.name: "timezone" for other in command.params if other.name == "name" != param.name}
            filled |= {"topic": "diffusion-model-0"} if param.name == "date" else {}
            for line in lines if command.name in {"subscribe", "unsave", "settings"} else lines[1:3]:
                with WorkCounter() as counter:
                    offers = await server.ada.autocomplete(server.papers, command.name, param.name, line, **filled)
                assert len(offers) <= 25
                calls, comparisons, statements, rows = counter.work
                bounds = (calls < KEYSTROKE_CALLS, comparisons <= COMPARED_PLACES, statements <= 10)
                assert bounds == (True, True, True), (command.name, line, counter.work)
                assert rows <= TOPICS + SAVED_PAPERS
