"""A paper is kept with tags and a note, cited, and exported, for the eyes of who does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from digestbot.app import App
from tests.citations.reading import read_bibtex
from tests.platforms.discord.api.people import Person
from tests.platforms.discord.api.server import DiscordApi
from tests.platforms.discord.api.world import Guild
from tests.platforms.discord.conftest import RunningBot, Starts


@pytest.fixture
async def bot(start_bot: Starts, app: App, api: DiscordApi, lab: Guild) -> AsyncIterator[RunningBot]:
    async with start_bot(app, api) as running:
        yield running


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_from_tags_to_a_file_that_loads(lab: Guild, bot: RunningBot, ada: Person) -> None:
    papers = lab.create_channel("papers")
    saved = await ada.slash(papers, "save", paper="2611.90112", tags="loops, to read")
    assert "loops" in saved.text
    noted = await ada.slash(papers, "note", paper="2611.90112", note="Compare `ours` and @everyone")
    assert "Your note is kept" in noted.text
    cited = await ada.slash(papers, "cite", paper="2611.90112")
    assert "```bibtex\n@inproceedings{oduya2026loopsmith,\n" in cited.text
    exported = await ada.slash(papers, "export", format="bibtex", tag="loops")
    await exported.api.wait_until(lambda: exported.messages[-1].files)
    ((name, content),) = exported.messages[-1].files
    (told,) = exported.messages[-1].to_json()["attachments"]
    assert (told["filename"], told["size"]) == (name, len(content))
    (entry,) = read_bibtex(content.decode())
    assert (name, entry.raw["keywords"]) == ("papers.bib", "loops, to-read")
    assert entry.plain["annote"] == "Compare `ours` and @everyone"
    noted = await ada.slash(papers, "note", paper="2611.90112")  # which comes after all that the export answered
    assert noted.text
    assert not any("did not work" in str(message.to_json()) for message in exported.messages)
    assert all(message.ephemeral for message in exported.messages)
