"""Without the extra that reads papers and asks models, what can be done is done, and the rest is said."""

from __future__ import annotations

import sys

import pytest

from digestbot.core.commands.registry import COMMANDS
from digestbot.settings import Settings
from tests.builder.archive import ArxivServer
from tests.builder.endpoint import ModelEndpoint
from tests.fakes import ManualClock
from tests.papers.asked import HARDWARE, NUMBER, add_page, ask, open_desk

LIBRARIES = ("feedparser", "json_repair", "openai", "pydantic_ai", "pypdfium2", "selectolax")


@pytest.fixture(autouse=True)
def without_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python sees what is not installed; what was imported with it is imported again."""
    for name in [name for name in sys.modules if name.startswith(("digestbot.builder.", "digestbot.papers."))]:
        monkeypatch.delitem(sys.modules, name)
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("has_model", [False, True])
async def test_a_question_is_answered_from_the_abstract_alone(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint, has_model: bool
) -> None:
    add_page(archive)
    async with open_desk(settings, clock, archive, endpoint if has_model else None) as app:
        _, said = await ask(app, f"/ask {NUMBER} what does the agent search for?")
    assert "searches for papers" in said
    assert "abstract" in said
    assert HARDWARE not in said
    assert not endpoint.asked


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_no_command_fails_for_want_of_it(
    settings: Settings, clock: ManualClock, archive: ArxivServer, endpoint: ModelEndpoint
) -> None:
    add_page(archive)
    values = {"topic": "search", "own": "search", "date": "2026-11-24", "words": "agent", "question": "why?"}
    async with open_desk(settings, clock, archive, endpoint) as app:
        for command in COMMANDS:
            line = command.example.format_map({**values, "paper": NUMBER, "note": "read"})
            _, said = await ask(app, f"/{line}")
            assert "Something went wrong" not in said, line
