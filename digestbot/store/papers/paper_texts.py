"""The texts of papers that somebody asked about: each version once, for all who ask, until nobody asks any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from digestbot.domain.papers.paper_paragraphs import PaperParagraph
from digestbot.domain.papers.passage_ranking import IndexedParagraph
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.tables import paper_answers, paper_paragraphs, paper_texts

RETENTION = timedelta(days=30)
"""How long a text is kept that nobody asks about."""
_COLUMNS = tuple(paper_paragraphs.c[name] for name in ("position", "section", "body", "page", "next_page_at", "tokens"))
_USE_PRECISION = timedelta(days=1)
"""How exactly it is noted when a text was used: not each question writes."""


@dataclass(frozen=True, slots=True)
class StoredText:
    """A paper's text, and what was read for it: its HTML, its PDF, or its abstract."""

    paper: str
    version: int
    basis: str
    paragraphs: tuple[IndexedParagraph, ...]


class PaperTextStore:
    """Reads and writes papers' texts, by the paper's identifier and version."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_text(self, paper: str, version: int, now: datetime) -> StoredText | None:
        """A paper's text; ``None`` if it was not read, or not lately. Noted as used."""
        query = select(paper_texts).where(paper_texts.c.paper == paper, paper_texts.c.version == version)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                return None
            of_text = select(*_COLUMNS).where(paper_paragraphs.c.text_id == row.id)
            paragraphs = await read_sound_rows(
                connection, of_text.order_by(paper_paragraphs.c.position), _to_paragraph, paper_paragraphs.c.position
            )
        if row.used_at < now - _USE_PRECISION:
            await self._note_use(row.id, now)
        return StoredText(paper, version, str(row.basis), tuple(paragraphs))

    async def save_text(
        self, paper: str, version: int, basis: str, paragraphs: Sequence[IndexedParagraph], now: datetime
    ) -> None:
        """Store a paper's text, in place of what was there; texts that nobody asked about for a month are deleted."""
        rows = [_from_paragraph(one) for one in paragraphs]
        values = {"paper": paper, "version": version, "basis": basis, "read_at": now, "used_at": now}
        async with self._database.write() as connection:
            await connection.execute(delete(paper_texts).where(paper_texts.c.used_at < now - RETENTION))
            made = insert_into(connection, paper_texts).values(**values)
            upsert = made.on_conflict_do_update(index_elements=["paper", "version"], set_=values)
            text_id = await connection.scalar(upsert.returning(paper_texts.c.id))
            await connection.execute(delete(paper_paragraphs).where(paper_paragraphs.c.text_id == text_id))
            if rows:
                await connection.execute(insert(paper_paragraphs), [{"text_id": text_id, **row} for row in rows])

    async def delete_expired(self, now: datetime) -> None:
        """Delete texts that nobody asked about for a month."""
        async with self._database.write() as connection:
            await connection.execute(delete(paper_texts).where(paper_texts.c.used_at < now - RETENTION))

    async def delete_texts(self, papers: Sequence[str]) -> None:
        """Delete all versions of papers' texts, and the answers that were written from them."""
        async with self._database.write() as connection:
            await connection.execute(delete(paper_texts).where(paper_texts.c.paper.in_(papers)))
            await connection.execute(delete(paper_answers).where(paper_answers.c.paper.in_(papers)))

    async def _note_use(self, text_id: int, now: datetime) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(paper_texts).where(paper_texts.c.id == text_id).values(used_at=now))


def _to_paragraph(row: Row[Any]) -> IndexedParagraph:
    values = tuple(row)  # a thousand of them: reading them by name takes three times as long
    position, section, body, page, next_page_at, tokens = values
    if not (isinstance(body, str) and isinstance(tokens, str) and isinstance(page, int)):
        raise TypeError("a paragraph is text on a page")
    return IndexedParagraph(position, PaperParagraph(str(section), body, page, int(next_page_at)), tokens)


def _from_paragraph(one: IndexedParagraph) -> dict[str, object]:
    paragraph = one.paragraph
    return {
        "position": one.position,
        "section": paragraph.section,
        "body": paragraph.text,
        "page": paragraph.page,
        "next_page_at": paragraph.next_page_at,
        "tokens": one.tokens,
    }
