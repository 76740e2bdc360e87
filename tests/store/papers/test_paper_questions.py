"""Texts of papers, answers and what was asked, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from digestbot.domain.papers.paper_answers import AnswerKind, AskedQuestion, Claim, PaperAnswer, Quotation
from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.papers.passage_ranking import index_paragraphs
from digestbot.domain.subscription import Address
from digestbot.store import Store
from digestbot.store.papers.paper_questions import Asker
from digestbot.store.tables import paper_paragraphs

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ANSWER = PaperAnswer(
    AnswerKind.ANSWERED,
    (Claim("Eight GPUs.", (Quotation("on 8 GPUs", "Method", 3),)),),
    (Quotation("as it is"),),
    "pdf",
    "m-1",
)
TEXT = [PaperParagraph("Method", "Trained on 8 GPUs.", 3, 7), PaperParagraph("结果", "没有提升。", 4)]
INDEXED = index_paragraphs(TEXT)
CHAT, OTHER_CHAT = Address("telegram", "-100", "5"), Address("telegram", "-200")


async def count_paragraphs(store: Store) -> int:
    async with store.database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(paper_paragraphs)) or 0)


async def test_a_text_comes_back_as_it_was_by_its_version(store: Store) -> None:
    await store.paper_texts.save_text("2611.1", 2, "pdf", INDEXED, NOW)
    found = await store.paper_texts.find_text("2611.1", 2, NOW)
    assert found is not None
    assert [one.paragraph for one in found.paragraphs] == TEXT
    assert found.paragraphs[1].tokens == "没 有 提 升"
    assert await store.paper_texts.find_text("2611.1", 1, NOW) is None
    await store.paper_texts.save_text("2611.1", 2, "html", INDEXED[:1], NOW)
    found = await store.paper_texts.find_text("2611.1", 2, NOW)
    assert found is not None
    assert (found.basis, len(found.paragraphs)) == ("html", 1)


async def test_a_text_that_nobody_asks_about_is_deleted_after_a_month(store: Store) -> None:
    await store.paper_texts.save_text("2611.1", 1, "pdf", INDEXED, NOW)
    await store.paper_texts.save_text("2611.2", 1, "pdf", INDEXED, NOW)
    await store.paper_texts.find_text("2611.2", 1, NOW + timedelta(days=20))
    await store.paper_texts.save_text("2611.3", 1, "pdf", INDEXED, NOW + timedelta(days=31))
    kept = [await store.paper_texts.find_text(f"2611.{number}", 1, NOW) for number in (1, 2, 3)]
    assert [bool(text) for text in kept] == [False, True, True]
    assert await count_paragraphs(store) == 4
    await store.paper_texts.delete_texts(["2611.2", "2611.3"])
    assert await count_paragraphs(store) == 0


async def test_answers_come_back_as_they_were_and_go_after_a_month(store: Store) -> None:
    await store.paper_questions.save_answer("key", "2611.1", ANSWER, NOW)
    assert await store.paper_questions.find_answer("key", NOW) == ANSWER
    assert await store.paper_questions.find_answer("key", NOW + timedelta(days=31)) is None
    assert await store.paper_questions.find_answer("other", NOW) is None
    await store.paper_questions.save_answer("later", "2611.1", ANSWER, NOW + timedelta(days=31))
    assert await store.paper_questions.find_answer("key", NOW) is None


async def test_what_a_person_asked_is_theirs_in_that_chat(store: Store) -> None:
    asked = [AskedQuestion(f"question {number}", "said") for number in range(5)]
    mine, theirs = Asker(CHAT, "7"), Asker(CHAT, "8")
    for number, one in enumerate(asked):
        await store.paper_questions.note_asked(mine, "2611.1", one, NOW + timedelta(minutes=number))
    since = NOW - timedelta(hours=1)
    assert await store.paper_questions.list_asked(mine, "2611.1", since, 3) == asked[2:]
    assert await store.paper_questions.list_asked(mine, "2611.1", NOW + timedelta(minutes=4), 3) == asked[4:]
    assert await store.paper_questions.list_asked(theirs, "2611.1", since, 3) == []
    assert await store.paper_questions.list_asked(mine, "2611.2", since, 3) == []
    assert await store.paper_questions.list_asked(Asker(OTHER_CHAT, "7"), "2611.1", since, 3) == []


async def test_questions_are_forgotten_with_the_person_or_the_chat_and_move_with_it(store: Store) -> None:
    since = NOW - timedelta(hours=1)
    mine, theirs = Asker(CHAT, "7"), Asker(CHAT, "8")
    for asker in (mine, theirs):
        await store.paper_questions.note_asked(asker, "2611.1", AskedQuestion("q", "a"), NOW)
    await store.paper_questions.forget(Address("telegram", "7"))
    assert await store.paper_questions.list_asked(mine, "2611.1", since, 3) == []
    assert len(await store.paper_questions.list_asked(theirs, "2611.1", since, 3)) == 1
    await store.subscribers.migrate_chat("telegram", "-100", "-200")
    moved = Asker(Address("telegram", "-200", "5"), "8")
    assert len(await store.paper_questions.list_asked(moved, "2611.1", since, 3)) == 1
    await store.paper_questions.forget(Address("telegram", "-200", "6"))
    assert len(await store.paper_questions.list_asked(moved, "2611.1", since, 3)) == 1
    await store.paper_questions.forget(Address("telegram", "-200"))
    assert await store.paper_questions.list_asked(moved, "2611.1", since, 3) == []


async def test_what_a_person_asked_in_one_topic_of_a_group_is_not_gone_on_from_in_another(store: Store) -> None:
    since = NOW - timedelta(hours=1)
    await store.paper_questions.note_asked(Asker(CHAT, "7"), "2611.1", AskedQuestion("q", "a"), NOW)
    other_topic = Asker(Address(CHAT.platform, CHAT.chat, "6"), "7")
    assert await store.paper_questions.list_asked(other_topic, "2611.1", since, 3) == []
    assert await store.paper_questions.find_last_paper(other_topic, since) == ""
    assert await store.paper_questions.find_last_paper(Asker(CHAT, "7"), since) == "2611.1"


async def test_what_is_old_goes_although_nobody_asks_any_more(store: Store) -> None:
    mine, since = Asker(CHAT, "7"), NOW - timedelta(hours=1)
    await store.paper_texts.save_text("2611.1", 1, "pdf", INDEXED, NOW)
    await store.paper_questions.save_answer("key", "2611.1", ANSWER, NOW)
    await store.paper_questions.note_asked(mine, "2611.1", AskedQuestion("q", "a"), NOW)
    for days, left in ((6, (1, True, True)), (8, (0, True, True)), (31, (0, False, False))):
        now = NOW + timedelta(days=days)
        await store.paper_questions.delete_expired(now)
        await store.paper_texts.delete_expired(now)
        questions = await store.paper_questions.list_asked(mine, "2611.1", since, 3)
        has_answer = await store.paper_questions.find_answer("key", NOW) is not None
        assert (len(questions), has_answer, await count_paragraphs(store) > 0) == left
