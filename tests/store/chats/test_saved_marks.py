"""Tags and notes as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digestbot.domain.papers.saved_marks import SavedMarks, clean_note, normalize_tag
from digestbot.domain.subscription import Address, Preferences
from digestbot.errors import LimitReachedError
from digestbot.store import Store
from digestbot.store.chats.saved_marks import write_saved_state
from tests.factories import make_digest, make_entry
from tests.store.digests.test_digests import save_digests

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
NUMBERS = ("2611.00001", "2611.00002", "2611.00003")
MARKS = SavedMarks(("nerf", "待读", 'a"b\\c%_'), "a note")


async def _fill(store: Store) -> tuple[int, list[int]]:
    await save_digests(store, ("page", make_digest(entries=[make_entry(number) for number in NUMBERS])))
    reader = await store.subscribers.get_or_create(Address("telegram", "-1"), Preferences())
    ids = [(await store.digests.get_paper(number)).paper_id for number in NUMBERS]  # type: ignore[union-attr]
    return reader.id, ids


async def _mark(store: Store, reader: int, paper: int, marks: SavedMarks, minutes: int = 0, limit: int = 9) -> object:
    moment = NOW + timedelta(minutes=minutes)
    return await store.saved_marks.mark_paper(reader, paper, lambda _: marks, now=moment, limit=limit)


async def test_marks_are_read_as_they_were_written_and_tags_are_found_and_counted(store: Store) -> None:
    reader, ids = await _fill(store)
    assert await _mark(store, reader, ids[0], MARKS) is None
    await _mark(store, reader, ids[1], SavedMarks(("nerf",)), 1)
    await store.saved_papers.save_paper(reader, ids[2], NOW)
    saved = {one.paper_id: one.marks for one in await store.saved_marks.list_saved(reader)}
    assert saved == {ids[0]: MARKS, ids[1]: SavedMarks(("nerf",)), ids[2]: SavedMarks()}
    assert await store.saved_marks.count_tags(reader) == {"nerf": 2, "待读": 1, 'a"b\\c%_': 1}
    for tag, found in {"nerf": [ids[1], ids[0]], "待读": [ids[0]], 'a"b\\c%_': [ids[0]], "ner": [], "%": []}.items():
        assert [one.paper_id for one in await store.saved_marks.list_tagged(reader, tag)] == found, tag


async def test_what_is_saved_is_listed_newest_first_and_saving_it_again_takes_no_room(store: Store) -> None:
    reader, ids = await _fill(store)
    for number, paper in enumerate((ids[1], ids[0], ids[2])):
        assert await store.saved_papers.save_paper(reader, paper, NOW + timedelta(minutes=number), len(ids))
    assert await store.saved_papers.list_paper_ids(reader) == [ids[2], ids[0], ids[1]]
    assert not await store.saved_papers.save_paper(reader, ids[1], NOW + timedelta(hours=1), len(ids))
    assert await store.saved_papers.list_paper_ids(reader) == [ids[2], ids[0], ids[1]]


async def test_a_state_is_restored_as_it_was_within_the_limit(store: Store) -> None:
    reader, ids = await _fill(store)
    await _mark(store, reader, ids[0], MARKS)
    before = await _mark(store, reader, ids[0], SavedMarks())
    states = {NUMBERS[0]: write_saved_state(before), NUMBERS[1]: None, "2611.99999": ["2026-01-01T00:00:00", [], ""]}  # type: ignore[arg-type]
    await store.saved_papers.unsave_paper(reader, ids[0])
    await _mark(store, reader, ids[1], SavedMarks())
    await store.saved_marks.restore(reader, states, 2)
    assert await store.saved_marks.list_saved(reader) == [before]
    await store.saved_papers.unsave_paper(reader, ids[0])
    await _mark(store, reader, ids[2], SavedMarks())
    with pytest.raises(LimitReachedError):
        await store.saved_marks.restore(reader, {NUMBERS[0]: states[NUMBERS[0]]}, 1)
    assert [one.paper_id for one in await store.saved_marks.list_saved(reader)] == [ids[2]]


async def test_what_cannot_be_changed_is_as_it_was(store: Store) -> None:
    reader, ids = await _fill(store)

    def refuse(marks: SavedMarks) -> SavedMarks:
        raise LimitReachedError(1)

    with pytest.raises(LimitReachedError):
        await store.saved_marks.mark_paper(reader, ids[0], refuse, now=NOW, limit=9)
    with pytest.raises(LimitReachedError):
        await _mark(store, reader, ids[0], MARKS, limit=0)
    assert await store.saved_marks.list_saved(reader) == []


@pytest.mark.parametrize("is_known", [False, True])
async def test_what_a_chat_saved_moves_with_it(store: Store, is_known: bool) -> None:
    reader, ids = await _fill(store)
    await _mark(store, reader, ids[0], MARKS)
    await _mark(store, reader, ids[1], MARKS)
    if is_known:
        known = await store.subscribers.get_or_create(Address("telegram", "-1001"), Preferences())
        await _mark(store, known.id, ids[1], SavedMarks(("own",)))
    await store.subscribers.migrate_chat("telegram", "-1", "-1001")
    moved = await store.subscribers.find(Address("telegram", "-1001"))
    assert moved
    saved = {one.paper_id: one.marks for one in await store.saved_marks.list_saved(moved.id)}
    both = SavedMarks(("own", *MARKS.tags), MARKS.note)
    assert saved == {ids[0]: MARKS, ids[1]: both if is_known else MARKS}


def test_a_tag_is_stored_in_one_form_and_a_note_without_what_is_invisible() -> None:
    tags = {
        "#NeRF": "nerf",
        "To  Read": "to-read",
        "＃待读": "待读",
        "\u202eabc\u200b": "abc",
        "#": "",
        " , ": "",
        "C++": "c++",
    }
    assert {text: normalize_tag(text) for text in tags} == tags
    assert clean_note(" a\n\tb \u202e\x00c\u200b 👩\u200d🔬 ") == "a b c 👩\u200d🔬"
