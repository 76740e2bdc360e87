"""Entries for reference managers, and the saved papers as a file of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from digestbot.app import App
from digestbot.cards.card import Card, Code
from digestbot.citations.formats import write_citations
from digestbot.citations.record import Citation
from digestbot.core.commands.papers import citing
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from tests.citations.reading import read_bibtex, read_csl, read_ris
from tests.core.commands.asking import list_commands, send_message, send_text
from tests.fakes import ManualClock

LOOPS, FOLD, TACTILE = "2611.90112", "2611.90127", "2611.90203"


def get_code(card: Card) -> Code:
    (code,) = (block for block in card.blocks if isinstance(block, Code))
    return code


@pytest.mark.parametrize("line", [f"/cite {LOOPS}", "/cite loopsmith", f"引用 {LOOPS}", f"/cite {LOOPS} as bibtex"])
async def test_a_paper_is_cited_as_bibtex_to_copy(app: App, line: str) -> None:
    card, _ = await send_text(app, line)
    code = get_code(card)
    (entry,) = read_bibtex(code.text)
    assert (code.language, entry.raw["eprint"], entry.raw["archivePrefix"]) == ("bibtex", LOOPS, "arXiv")
    assert entry.raw["title"].startswith("{LoopSmith}: Designing")
    assert list_commands(card) == [
        f"cite {LOOPS} ris", f"cite {LOOPS} csl", f"cite {LOOPS} markdown", f"cite {LOOPS} bibtex file",
        "export bibtex",
    ]  # fmt: skip
    assert card.attachment is None


async def test_each_button_of_a_citation_works(app: App) -> None:
    card, _ = await send_text(app, f"/cite {LOOPS}")
    for command in list_commands(card)[:4]:
        answer, _ = await send_text(app, f"/{command}")
        assert answer.ok
        text = get_code(answer).text
        assert "LoopSmith" in text, command
        if command.endswith("file"):
            assert answer.attachment
            assert (answer.attachment.name, answer.attachment.content.decode()) == ("citation.bib", text + "\n")


async def test_several_papers_are_cited_together_and_by_their_numbers_in_a_list(app: App) -> None:
    await send_text(app, "/search of")
    card, _ = await send_text(app, "/cite 1 2")
    assert len(read_bibtex(get_code(card).text)) == 2
    assert "cite 1" not in list_commands(card)


async def test_what_is_no_paper_is_told(app: App) -> None:
    card, words = await send_text(app, "/cite")
    assert (card.ok, "Please say which paper" in words) == (False, True)
    assert not (await send_text(app, "/cite 1706.03762"))[0].ok


async def test_saved_papers_are_exported_whole_by_tag_and_in_each_format(app: App, clock: ManualClock) -> None:
    for number in (LOOPS, FOLD, TACTILE):
        await send_text(app, f"/save {number} {'#design' if number != TACTILE else ''}")
        clock.advance(minutes=1)
    await send_text(app, f"/note {LOOPS} Compare with {{ours}} & 50%")
    card, words = await send_text(app, "/export")
    assert "3 papers" in words
    assert card.attachment
    entries = read_bibtex(card.attachment.content.decode())
    assert [entry.raw["eprint"] for entry in entries] == [LOOPS, FOLD, TACTILE]
    assert (entries[0].raw["keywords"], entries[0].plain["annote"]) == ("design", "Compare with {ours} & 50%")
    for line, name in (
        ("/export ris design", "papers.ris"),
        ("/export #design ris", "papers.ris"),
        ("/export json design", "papers.json"),
    ):
        card, words = await send_text(app, line)
        assert card.attachment
        assert (card.attachment.name, "2 papers" in words) == (name, True), line
    assert card.attachment
    assert [item["number"] for item in read_csl(card.attachment.content.decode())] == [
        f"arXiv:{LOOPS}",
        f"arXiv:{FOLD}",
    ]
    ris = (await send_text(app, "/export ris"))[0].attachment
    assert ris
    assert [record["note"] for record in read_ris(ris.content.decode())] == [
        f"arXiv:{one}" for one in (LOOPS, FOLD, TACTILE)
    ]
    markdown = (await send_text(app, "导出 markdown", "zh"))[0].attachment
    assert markdown
    assert markdown.content.decode().count("\n- [") == 2


async def test_nothing_to_export_is_said(app: App) -> None:
    card, words = await send_text(app, "/export")
    assert (card.attachment, "You have no saved papers yet" in words) == (None, True)
    await send_text(app, f"/save {LOOPS}")
    card, words = await send_text(app, "/export bibtex banana")
    assert (card.attachment, "None of your saved papers has “banana”" in words) == (None, True)


async def test_a_group_sees_no_tags_and_notes_in_a_file(app: App) -> None:
    ada, group = Address("console", "ada"), Address("console", "club")
    await send_message(app, IncomingMessage(ada, f"/save {LOOPS} #mytag", "en"))
    await send_message(app, IncomingMessage(ada, f"/note {LOOPS} mynote", "en"))
    for is_ephemeral in (True, False):
        message = IncomingMessage(group, "/export", "en", user=ada, is_ephemeral=is_ephemeral)
        card, _ = await send_message(app, message)
        assert card.attachment
        text = card.attachment.content.decode()
        assert ("mytag" in text, "mynote" in text) == (is_ephemeral, is_ephemeral)
    card, _ = await send_message(app, IncomingMessage(group, f"/cite {LOOPS}", "en", user=ada))
    assert "mytag" not in str(card)


@pytest.mark.parametrize("line", ["/export ris", f"/cite {LOOPS} ris file"])
async def test_files_are_made_beside_the_loop(app: App, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    threads = set()

    def note(name: str, citations: Sequence[Citation]) -> str:
        threads.add(threading.current_thread())
        return write_citations(name, citations)

    monkeypatch.setattr(citing, "write_citations", note)
    await send_text(app, f"/save {LOOPS}")
    card, _ = await send_text(app, line)
    assert card.attachment
    assert threads
    assert threading.main_thread() not in threads
