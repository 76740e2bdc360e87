"""A paper is kept with a tag and a note, cited, and taken into a reference manager."""

from __future__ import annotations

import pytest

from tests.citations.reading import read_bibtex
from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.botapi.server import BotApi
from tests.platforms.telegram.conftest import RunningBot
from tests.platforms.telegram.test_forms import ask

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@ON_SQLITE
async def test_from_a_tag_to_a_file_that_loads(bot: RunningBot, api: BotApi, ada: Person) -> None:
    saved = await ada.send_text("/save 2611.90112 #loops")
    assert "Your tags: #" in saved.text
    question = await ask(ada, saved, "Note…")
    answer = await ada.send_text("Compare <ours> & theirs", reply_to_message=question.to_json())
    assert "Your note is kept: LoopSmith" in answer.text
    card = await ada.send_text("/paper 2611.90112")
    assert "Your note: Compare <ours> & theirs" in card.text
    await ada.tap(card, "Cite")
    await api.wait_until(lambda: "@inproceedings{oduya2026loopsmith" in card.text)
    typed = await ada.send_text("/cite 2611.90112")
    assert '<pre><code class="language-bibtex">@inproceedings{' in typed.params["text"]
    related = await ada.send_text("/related 2611.90112")
    assert "LoopSmith" in related.text
    sent = await ada.send_text("/export", answers=2)
    name, content = sent.document
    (entry,) = read_bibtex(content.decode())
    assert (name, entry.raw["keywords"], entry.plain["annote"]) == (
        "papers.bib", "loops", "Compare <ours> & theirs",
    )  # fmt: skip
    gone = await ada.send_text("/unsave 2611.90112")
    await ada.tap(gone, "Undo")
    await api.wait_until(lambda: "Saved: LoopSmith" in gone.text)
    assert "Compare" in (await ada.send_text("/saved compare")).text


@ON_SQLITE
async def test_in_a_group_nobody_sees_anothers_tags_and_notes(bot: RunningBot, api: BotApi, ada: Person) -> None:
    await ada.send_text("/save 2611.90112 #mytag")
    await ada.send_text("/note 2611.90112 mynote")
    group = ada.create_chat("supergroup", "Fold Lab")
    await ada.add_bot(group)
    await api.wait_until(lambda: group.messages)
    for line in ("/saved", "/paper 2611.90112", "/note 2611.90112"):
        shown = await ada.send_text(line, group)
        assert "mytag" not in shown.text
        assert "mynote" not in shown.text
