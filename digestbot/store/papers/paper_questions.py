"""What was asked about papers: answers for all who ask the same, and each person's last questions for what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.papers.paper_answers import AskedQuestion, PaperAnswer
from digestbot.domain.subscription import Address
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import asked_questions, paper_answers

_ANSWER_RETENTION = timedelta(days=30)
_QUESTION_RETENTION = timedelta(days=7)
"""How long questions are kept for what follows them: a reply may come days later."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A person, by their number on the platform, in a chat."""

    address: Address
    person: str


class PaperQuestionStore:
    """Reads and writes answers, and what was asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_answer(self, key: str, now: datetime) -> PaperAnswer | None:
        """The answer of the last month that is kept for a question, by the hash of all that it depends on."""
        is_new = paper_answers.c.made_at >= now - _ANSWER_RETENTION
        query = select(paper_answers).where(paper_answers.c.key == key, is_new)
        async with self._database.read() as connection:
            found = await read_sound_rows(
                connection, query, lambda row: PaperAnswer.from_json(row.answer), paper_answers.c.key
            )
        return found[0] if found else None

    async def save_answer(self, key: str, paper: str, answer: PaperAnswer, now: datetime) -> None:
        """Keep an answer for whoever asks the same within a month."""
        values = {"paper": paper, "answer": answer.to_json(), "made_at": now}
        async with self._database.write() as connection:
            await connection.execute(delete(paper_answers).where(paper_answers.c.made_at < now - _ANSWER_RETENTION))
            made = insert_into(connection, paper_answers).values(key=key, **values)
            await connection.execute(made.on_conflict_do_update(index_elements=["key"], set_=values))

    async def list_asked(self, asker: Asker, paper: str, since: datetime, limit: int) -> list[AskedQuestion]:
        """What a person asked last about a paper in a chat, the oldest first."""
        query = select(asked_questions).where(*_is_asked_since(asker, since), asked_questions.c.paper == paper)
        newest_first = query.order_by(asked_questions.c.asked_at.desc(), asked_questions.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            found = await read_sound_rows(
                connection,
                newest_first,
                lambda row: AskedQuestion(str(row.question), str(row.said)),
                asked_questions.c.id,
            )
        return found[::-1]

    async def find_last_paper(self, asker: Asker, since: datetime) -> str:
        """The paper that a person asked about last in a chat; empty if they asked about none since then."""
        query = select(asked_questions.c.paper).where(*_is_asked_since(asker, since))
        newest_first = query.order_by(asked_questions.c.asked_at.desc(), asked_questions.c.id.desc()).limit(1)
        async with self._database.read() as connection:
            return str(await connection.scalar(newest_first) or "")

    async def note_asked(self, asker: Asker, paper: str, asked: AskedQuestion, now: datetime) -> int:
        """Note what a person asked, for a week; the row's number."""
        place = {"chat": asker.address.chat, "thread": asker.address.thread}
        values = {"platform": asker.address.platform, "person": asker.person, "paper": paper, "asked_at": now, **place}
        async with self._database.write() as connection:
            old = asked_questions.c.asked_at < now - _QUESTION_RETENTION
            await connection.execute(delete(asked_questions).where(old))
            made = insert(asked_questions).values(question=asked.question, said=asked.said, **values)
            return int(await connection.scalar(made.returning(asked_questions.c.id)) or 0)

    async def note_said(self, number: int, said: str) -> None:
        """Note what was answered, unless the person had the question forgotten meanwhile."""
        async with self._database.write() as connection:
            await connection.execute(update(asked_questions).where(asked_questions.c.id == number).values(said=said))

    async def drop_asked(self, number: int) -> None:
        """Delete a question that was not answered."""
        async with self._database.write() as connection:
            await connection.execute(delete(asked_questions).where(asked_questions.c.id == number))

    async def delete_expired(self, now: datetime) -> None:
        """Delete questions that are older than a week, and answers that are older than a month."""
        async with self._database.write() as connection:
            await connection.execute(
                delete(asked_questions).where(asked_questions.c.asked_at < now - _QUESTION_RETENTION)
            )
            await connection.execute(delete(paper_answers).where(paper_answers.c.made_at < now - _ANSWER_RETENTION))

    async def forget(self, address: Address) -> None:
        """Delete what a person asked anywhere, by the address of their private chat; what was asked at an address."""
        async with self._database.write() as connection:
            if not address.thread:
                await connection.execute(delete(asked_questions).where(*_is_of_person(address.platform, address.chat)))
            there = (asked_questions.c.platform == address.platform, asked_questions.c.chat == address.chat)
            in_thread = (asked_questions.c.thread == address.thread,) if address.thread else ()
            await connection.execute(delete(asked_questions).where(*there, *in_thread))


async def move_questions(connection: AsyncConnection, platform: str, chat: str, new_chat: str) -> None:
    """Move what was asked in a chat to the one that replaces it, in a transaction."""
    in_chat = (asked_questions.c.platform == platform, asked_questions.c.chat == chat)
    await connection.execute(update(asked_questions).where(*in_chat).values(chat=new_chat))


def _is_asked_since(asker: Asker, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        *_is_of_person(asker.address.platform, asker.person),
        asked_questions.c.chat == asker.address.chat,
        asked_questions.c.thread == asker.address.thread,
        asked_questions.c.asked_at >= since,
    )


def _is_of_person(platform: str, person: str) -> tuple[ColumnElement[bool], ...]:
    return asked_questions.c.platform == platform, asked_questions.c.person == person
