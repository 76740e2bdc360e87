"""PDFs that people sent, each for its owner alone and for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select

from digestbot.domain.digest import Section, Summary
from digestbot.domain.papers.sent_pdf import SentPdf
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows, read_texts
from digestbot.store.tables import sent_pdfs

RETENTION = timedelta(days=1)


class SentPdfStore:
    """Reads and writes what was made of sent PDFs. The files themselves are not kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, subscriber_id: int, fingerprint: str, language: str, pdf: SentPdf, now: datetime) -> None:
        """Keep a PDF for its owner, and delete what is older than a day."""
        values = {
            "subscriber_id": subscriber_id,
            "fingerprint": fingerprint,
            "language": language,
            "file_name": pdf.file_name,
            "title": pdf.title,
            "page_count": pdf.page_count,
            "arxiv_id": pdf.arxiv_id,
            "summary": _from_summary(pdf.summary),
            "sections": [[section.title, section.body] for section in pdf.sections],
            "sent_at": now,
        }
        async with self._database.write() as connection:
            await connection.execute(insert_into(connection, sent_pdfs).values(token=pdf.token, **values))
            await connection.execute(delete(sent_pdfs).where(sent_pdfs.c.sent_at <= now - RETENTION))

    async def find(self, subscriber_id: int, token: str, now: datetime) -> SentPdf | None:
        """A person's PDF by its token; ``None`` for anybody else's, and after a day."""
        return await self._find(subscriber_id, now, sent_pdfs.c.token == token)

    async def find_same(self, subscriber_id: int, fingerprint: str, language: str, now: datetime) -> SentPdf | None:
        """What was made of the same file for the same person in a language."""
        is_same = (sent_pdfs.c.fingerprint == fingerprint) & (sent_pdfs.c.language == language)
        return await self._find(subscriber_id, now, is_same)

    async def delete_expired(self, now: datetime) -> None:
        """Delete what is older than a day."""
        async with self._database.write() as connection:
            await connection.execute(delete(sent_pdfs).where(sent_pdfs.c.sent_at <= now - RETENTION))

    async def _find(self, subscriber_id: int, now: datetime, condition: Any) -> SentPdf | None:  # noqa: ANN401
        query = select(sent_pdfs).where(
            sent_pdfs.c.subscriber_id == subscriber_id, condition, sent_pdfs.c.sent_at > now - RETENTION
        )
        async with self._database.read() as connection:
            newest = query.order_by(sent_pdfs.c.sent_at.desc()).limit(1)
            found = await read_sound_rows(connection, newest, _to_pdf, sent_pdfs.c.token)
        return found[0] if found else None


def _from_summary(summary: Summary) -> dict[str, Any]:
    return {
        "headline": summary.headline,
        "takeaways": list(summary.takeaways),
        "sections": [[section.title, section.body] for section in summary.sections],
        "flags": list(summary.flags),
        "basis": summary.basis,
        "writer": summary.writer,
    }


def _to_pdf(row: Row[Any]) -> SentPdf:
    stored = row.summary
    summary = Summary(
        stored["headline"],
        read_texts(stored["takeaways"]),
        tuple(Section(title, body) for title, body in stored["sections"]),
        read_texts(stored["flags"]),
        stored["basis"],
        stored["writer"],
    )
    sections = tuple(Section(title, body) for title, body in row.sections)
    return SentPdf(row.token, row.file_name, row.title, row.page_count, row.arxiv_id, summary, sections)
