"""Papers that people keep, with tags and notes of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digestbot.app import App
from digestbot.cards.capabilities import Capabilities
from digestbot.core.papers import saved_library
from digestbot.core.ports import IncomingMessage
from digestbot.domain.subscription import Address
from tests.core.commands.asking import ADDRESS, list_commands, send_message, send_text
from tests.fakes import ManualClock

LOOPS, FOLD, TACTILE = "2611.90112", "2611.90127", "2611.90203"
GROUP, ADA = Address("console", "club"), Address("console", "ada")
NOTE = "Compare with <b>ours</b> & $x^2$"


async def read_marks(app: App, number: str) -> tuple[tuple[str, ...], str] | None:
    reader, entry = await app.subscriptions.find(ADDRESS), await app.catalog.get_paper(number)
    saved = await app.catalog.saved_library.get(reader, entry) if reader and entry else None
    return (saved.marks.tags, saved.marks.note) if saved else None


async def test_a_paper_is_saved_with_tags_and_more_are_added(app: App) -> None:
    _, words = await send_text(app, f"/save {LOOPS} antibody, to read")
    assert "Saved: LoopSmith" in words
    assert "Your tags: #antibody #to-read" in words
    _, words = await send_text(app, f"/save {LOOPS} #loops #antibody")
    assert "Tagged: LoopSmith" in words
    assert "Your tags: #antibody #to-read #loops" in words
    assert await read_marks(app, LOOPS) == (("antibody", "to-read", "loops"), "")
    assert "Already saved: LoopSmith" in (await send_text(app, f"/save {LOOPS} #loops"))[1]
    await send_text(app, f"/收藏 {FOLD} 待读", "zh")
    assert await read_marks(app, FOLD) == (("待读",), "")


async def test_words_after_a_paper_that_are_no_tags_are_not_dropped_without_a_word(app: App) -> None:
    tags = [f"t{number}" for number in range(1, 12)]
    await send_text(app, "/search antibody")
    for after in (" ".join(tags), ", ".join(tags)):
        for paper in (LOOPS, "1"):
            _, words = await send_text(app, f"/save {paper} {after}")
            assert "a paper has 10 tags at most" in words, (paper, after)
            assert await read_marks(app, LOOPS) == ((), "")
            await send_text(app, "/search antibody")
    _, words = await send_text(app, f"/save {LOOPS} this is a very important paper")
    assert f"Write a note with /note {LOOPS}" in words
    assert await read_marks(app, LOOPS) == ((), "")
    await send_text(app, f"/save {LOOPS} {' '.join(tags[:10])}")
    assert await read_marks(app, LOOPS) == (tuple(tags[:10]), "")


@pytest.mark.parametrize(
    "line",
    [
        f"/unsave {LOOPS} #nlp",
        f"/unsave {LOOPS} -nlp",
        f"/save {LOOPS} -nlp",
        f"untag nlp from {LOOPS}",
        f"remove tag nlp from {LOOPS}",
        f"Remove the tag #NLP from https://arxiv.org/abs/{LOOPS}",
        "take off my tag nlp from it",
        f"去掉 {LOOPS} 的标签 nlp",
        "删除第一篇的标签nlp",
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_one_tag_is_taken_off_and_brought_back(app: App, line: str) -> None:
    await send_text(app, f"/save {LOOPS} nlp design")
    await send_text(app, "/search loopsmith antibody")
    await send_text(app, f"/paper {LOOPS}")
    card, words = await send_text(app, line)
    assert "#nlp taken off: LoopSmith" in words
    assert await read_marks(app, LOOPS) == (("design",), "")
    assert "does not have #nlp: LoopSmith" in (await send_text(app, f"/unsave {LOOPS} #nlp"))[1]
    await send_text(app, f"/{card.buttons[0].command}")
    assert await read_marks(app, LOOPS) == (("nlp", "design"), "")


@pytest.mark.parametrize("line", [f"delete my note on {LOOPS}", "remove the note from it", f"删除 {LOOPS} 的笔记"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_note_is_deleted_by_a_sentence(app: App, line: str) -> None:
    await send_text(app, f"/note {LOOPS} {NOTE}")
    await send_text(app, f"/paper {LOOPS}")
    await send_text(app, line)
    assert await read_marks(app, LOOPS) == ((), "")


async def test_a_title_is_a_title_though_it_begins_with_a_number_and_tags_beside_it_have_a_sign(app: App) -> None:
    await send_text(app, "/save loopsmith #loops")
    assert await read_marks(app, LOOPS) == (("loops",), "")
    await send_text(app, "/search antibody")
    await send_text(app, "/save 1 design")
    assert await read_marks(app, LOOPS) == (("loops", "design"), "")


async def test_a_note_is_written_shown_to_its_writer_replaced_and_deleted(app: App) -> None:
    said = (await send_text(app, f"/note {LOOPS}"))[1]
    assert "written no note" in said
    assert f"To write one: /note {LOOPS} compare with ours" in said
    assert "Saved, with your note: LoopSmith" in (await send_text(app, f"/note {LOOPS} {NOTE}"))[1]
    assert await read_marks(app, LOOPS) == ((), NOTE)
    for line in (f"/paper {LOOPS}", "/saved", f"/note {LOOPS}"):
        assert "Your note: Compare with <b>ours</b> & " in (await send_text(app, line))[1], line
    assert "To write one in its place: " in (await send_text(app, f"/note {LOOPS}"))[1]
    assert "compare with ours" in (await send_text(app, "/help note"))[1]
    assert "compare with ours" in (await send_text(app, "/note"))[1]
    await send_text(app, "/note it read it again")
    assert await read_marks(app, LOOPS) == ((), "read it again")
    await send_text(app, f"/note {LOOPS} off")
    assert await read_marks(app, LOOPS) == ((), "")
    await send_text(app, "/undo")
    assert await read_marks(app, LOOPS) == ((), "read it again")
    await send_text(app, f"/笔记 {LOOPS} 和我们的方法比较", "zh")
    assert await read_marks(app, LOOPS) == ((), "和我们的方法比较")


async def test_what_is_saved_is_found_by_tag_and_by_words_of_titles_and_notes(app: App) -> None:
    await send_text(app, f"/save {LOOPS} #design #待读")
    await send_text(app, f"/save {FOLD} #design")
    await send_text(app, f"/note {TACTILE} Ask Bo about the SENSOR")
    card, words = await send_text(app, "/saved")
    assert list_commands(card)[-2:] == ["saved #design", "saved #待读"]
    assert [button.label for button in card.buttons][-2:] == ["#design · 2", "#待读 · 1"]
    for line, titles in (
        ("/saved design", ("LoopSmith", "Does a Fold")),
        ("/saved #design", ("LoopSmith", "Does a Fold")),
        ("/saved 待读", ("LoopSmith",)),
        ("/saved sensor bo", ("TactileAnchor",)),
        ("/saved loopsmith", ("LoopSmith",)),
        (f"/saved {FOLD}", ("Does a Fold",)),
    ):
        words = (await send_text(app, line))[1]
        found = [title for title in ("LoopSmith", "Does a Fold", "TactileAnchor") if title in words]
        assert (tuple(found), f"{len(titles)} paper" in words) == (titles, True), line
    for line in ("/saved banana", "/saved #banana", "/saved %", "/saved #de_ign"):
        card, words = await send_text(app, line)
        assert "None of your saved papers has" in words, line
        assert list_commands(card) == ["saved"]


async def test_a_page_of_a_tag_leads_to_the_next(app: App, clock: ManualClock) -> None:
    for number in (LOOPS, FOLD, TACTILE):
        await send_text(app, f"/save {number} #all")
        clock.advance(minutes=1)
    card, words = await send_text(app, "/saved all", can=Capabilities(page_size=2))
    assert "saved #all p2" in list_commands(card)
    card, words = await send_text(app, "/saved #all p2", can=Capabilities(page_size=2))
    assert "LoopSmith" in words
    card, words = await send_text(app, "/saved #all p3", can=Capabilities(page_size=2))
    assert (card.ok, "no page 3" in words) == (False, True)


@pytest.mark.parametrize("way", ["button", "typed"])
async def test_unsaving_is_undone_with_tags_note_and_place(app: App, clock: ManualClock, way: str) -> None:
    await send_text(app, f"/save {LOOPS} #loops")
    await send_text(app, f"/note {LOOPS} {NOTE}")
    clock.advance(minutes=1)
    await send_text(app, f"/save {FOLD}")
    before = await send_text(app, "/saved")
    card, _ = await send_text(app, f"/unsave {LOOPS}")
    assert await read_marks(app, LOOPS) is None
    clock.advance(minutes=1)
    undo = card.buttons[0].command
    assert undo.startswith("unsave undo ")
    _, words = await send_text(app, f"/{undo}" if way == "button" else "/undo")
    assert "Saved: LoopSmith" in words
    assert "#loops" in words
    assert (await send_text(app, "/saved"))[1] == before[1]
    assert "nothing to undo" in (await send_text(app, f"/{undo}"))[1]


async def test_saving_and_tagging_are_undone_too(app: App) -> None:
    await send_text(app, f"/save {LOOPS}")
    card, _ = await send_text(app, f"/save {LOOPS} #loops")
    await send_text(app, f"/{card.buttons[0].command}")
    assert await read_marks(app, LOOPS) == ((), "")
    await send_text(app, "/undo")
    assert await read_marks(app, LOOPS) is None


async def test_a_members_undo_in_a_group_touches_their_own_alone(app: App) -> None:
    async def deny() -> bool:
        return False

    await send_message(app, IncomingMessage(GROUP, "/subscribe protein-design", "en"))
    mine = IncomingMessage(GROUP, f"/save {LOOPS} #loops", "en", user=ADA, is_moderator=deny, is_ephemeral=True)
    await send_message(app, mine)
    card, _ = await send_message(app, replace(mine, text=f"/unsave {LOOPS}"))
    _, words = await send_message(app, replace(mine, text=f"/{card.buttons[0].command}"))
    assert "Saved: LoopSmith" in words
    assert len(await app.subscriptions.list_for(await app.subscriptions.find(GROUP))) == 1  # type: ignore[arg-type]
    step = await app.store.undo_steps.find((await app.subscriptions.find(GROUP)).id)  # type: ignore[union-attr]
    for token in (step[0] if step else "", "ffffffff"):
        assert "nothing to undo" in (await send_message(app, replace(mine, text=f"/unsave undo {token}")))[1]


async def test_tags_and_notes_show_for_nobody_else(app: App) -> None:
    for seen, message in (
        (True, IncomingMessage(ADA, "", "en")),
        (True, IncomingMessage(GROUP, "", "en", user=ADA, is_ephemeral=True)),
        (False, IncomingMessage(GROUP, "", "en", user=ADA)),
        (False, IncomingMessage(ADA, "", "en", is_public=True)),
        (False, IncomingMessage(Address("console", "bo"), "", "en")),
    ):
        await send_message(app, IncomingMessage(ADA, f"/save {LOOPS} #mytag", "en"))
        await send_message(app, IncomingMessage(ADA, f"/note {LOOPS} mynote", "en"))
        for line in (f"/paper {LOOPS}", "/saved", f"/note {LOOPS}"):
            card, words = await send_message(app, replace(message, text=line))
            shown = words + str(card)
            assert ("mytag" in shown, "mynote" in shown) == (seen, seen), (line, message)


async def test_there_are_bounds_and_each_has_a_sentence(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await send_text(app, f"/save {LOOPS} " + " ".join(f"#t{number}x" for number in range(10)))
    for line, says in (
        (f"/save {LOOPS} #onemore", "has 10 tags at most"),
        (f"/save {LOOPS} #{'x' * 41}", "too long for a tag: 40 characters"),
        (f"/note {LOOPS} {'x' * 980} {'y' * 30}", "Your note has 1,011 characters, and I keep 1,000"),
    ):
        card, words = await send_text(app, line)
        assert not card.ok, line
        assert says in words, line
    assert len((await read_marks(app, LOOPS) or ((),))[0]) == 10
    monkeypatch.setattr(saved_library, "MAX_NOTE_CHARACTERS", 20)
    card, words = await send_text(app, f"/note {LOOPS} {'x' * 21}")
    assert (card.ok, "Your note has 21 characters, and I keep 20 at most" in words) == (False, True)
    monkeypatch.setattr(saved_library, "MAX_SAVED_PAPERS", 1)
    for line in (f"/save {FOLD} #x", f"/note {FOLD} x"):
        card, words = await send_text(app, line)
        assert (card.ok, "You have 1 saved papers" in words) == (False, True), line
    await send_text(app, f"/unsave {LOOPS}")
    await send_text(app, f"/save {FOLD}")
    step = await app.store.undo_steps.find((await app.subscriptions.find(ADDRESS)).id)  # type: ignore[union-attr]
    assert step


async def test_undo_does_not_go_past_the_limit_of_saved_papers(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_library, "MAX_SAVED_PAPERS", 1)
    await send_text(app, f"/save {LOOPS} #loops")
    card, _ = await send_text(app, f"/unsave {LOOPS}")
    await send_text(app, f"/save {FOLD}")
    answer, words = await send_text(app, f"/{card.buttons[0].command}")
    assert (answer.ok, "You have 1 saved papers" in words) == (False, True)
    await send_text(app, f"/unsave {FOLD}")
    await send_text(app, f"/{card.buttons[0].command}")
    assert await read_marks(app, LOOPS) == (("loops",), "")


async def test_where_a_platform_asks_for_words_buttons_do(app: App) -> None:
    can = Capabilities(forms=True)
    card, _ = await send_text(app, f"/save {LOOPS}", can=can)
    asked = {button.command: button.prompt for button in card.buttons if button.prompt}
    assert asked == {
        f"save {LOOPS}": "Which tags? For example: nerf, to read",
        f"note {LOOPS}": "What do you want to remember of this paper?",
    }
    card, _ = await send_text(app, f"/save {LOOPS}", can=Capabilities(forms=False))
    assert not any(button.prompt for button in card.buttons)


async def test_forgetting_a_person_forgets_their_tags_and_notes(app: App) -> None:
    await send_text(app, f"/save {LOOPS} #mytag")
    await send_text(app, f"/note {LOOPS} mynote")
    await send_text(app, f"/unsave {LOOPS}")
    await send_text(app, f"/note {LOOPS} mynote")
    assert "0 subscriptions, 0 deliveries, 1 saved paper and" in (await send_text(app, "/forgetme"))[1]
    await send_text(app, "/forgetme yes")
    assert "no saved papers yet" in (await send_text(app, "/saved"))[1]
    await send_text(app, f"/save {LOOPS}")
    assert await read_marks(app, LOOPS) == ((), "")


async def test_who_is_asked_whether_to_forget_all_reads_what_that_is_and_how_to_say_yes(app: App) -> None:
    await send_text(app, f"/save {LOOPS} #mytag")
    _, words = await send_text(app, "/forgetme")
    for said in ("1 saved paper and your settings, with tags, notes, questions and the PDFs", "send /forgetme yes"):
        assert said in words


@pytest.mark.parametrize(
    ("line", "language", "says"),
    [
        ("/save", "en", "Saved: LoopSmith"),
        ("收藏", "zh", "LoopSmith"),
        ("/note", "en", "LoopSmith"),
        ("笔记", "zh", "LoopSmith"),
        ("/cite", "en", "LoopSmith"),
        ("引用", "zh", "LoopSmith"),
        ("/related", "en", "LoopSmith"),
        ("/summarize", "en", "LoopSmith"),
        ("总结", "zh", "LoopSmith"),
    ],
)
async def test_a_command_alone_is_about_the_paper_that_is_open(app: App, line: str, language: str, says: str) -> None:
    assert "LoopSmith" not in (await send_text(app, line, language))[1]
    await send_text(app, f"/paper {LOOPS}")
    assert says in (await send_text(app, line, language))[1]
