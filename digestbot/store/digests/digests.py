"""Digests and their papers; each paper is stored once, however many digests show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import Digest, Entry
from digestbot.domain.topic import Topic, slugify, slugify_letters
from digestbot.store.database.engine import Database, insert_into
from digestbot.store.database.sound_rows import read_sound_rows, read_texts
from digestbot.store.digests.digest_rows import to_entry, to_paper, to_topic
from digestbot.store.tables import digests, entries, pages, papers, topics

if TYPE_CHECKING:
    from digestbot.store.digests.digest_writer import EntryChanges, PageKey


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest with its database id."""

    id: int
    topic: Topic
    digest: Digest
    paper_ids: tuple[int, ...]
    """The ids of the stored papers, in the order of the entries."""


class StoredEntry(NamedTuple):
    """A paper with the newest entry that shows it.

    ``topic`` is ``None`` for a paper of which no digest that everybody knows has an entry: its ``date`` is that of its
    announcement, and its summary is made of its abstract where nothing else is stored. Follows have entries too, but
    nobody is told of which follow one is. ``categories`` are arXiv's, the primary one first, as far as they are known.
    ``fetched_at`` is when somebody who asked for the paper last made it be looked up; ``None`` if nobody did, or if
    arXiv announced it: then what is new of it comes by itself. Where it is all that there is, ``date`` is that of the
    paper itself.
    """

    paper_id: int
    topic: Topic | None
    date: date
    entry: Entry
    categories: tuple[str, ...] = ()
    fetched_at: datetime | None = None

    @property
    def is_looked_up(self) -> bool:
        """Whether it is known only because somebody asked for it, so that its ``date`` is its own."""
        return self.topic is None and self.fetched_at is not None


class PageRecord(NamedTuple):
    """A page as of its last load, with its ``counts``."""

    fingerprint: str
    etag: str
    last_modified: str
    entry_counts: dict[str, Any]


class DigestStore:
    """Reads and writes digests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- pages in ---------------------------------------------------------------------------------------------

    async def get_page(self, uri: str) -> PageRecord | None:
        """The record of a page's last load."""
        async with self._database.read() as connection:
            query = select(pages).where(pages.c.uri == uri)
            found = await read_sound_rows(connection, query, _to_page_record, pages.c.id)
        return found[0] if found else None

    async def save_pages(self, loaded_pages: Sequence[tuple[PageKey, Sequence[Digest]]], now: datetime) -> EntryChanges:
        """Replace the stored contents of the pages with their current ones, in one transaction."""
        from digestbot.store.digests.digest_writer import save_pages  # noqa: PLC0415  # late: few commands write digests

        async with self._database.write() as connection:
            return await save_pages(connection, loaded_pages, now)

    async def save_validators(self, uri: str, etag: str, last_modified: str) -> None:
        """Store an unchanged page's new HTTP validators."""
        async with self._database.write() as connection:
            statement = update(pages).where(pages.c.uri == uri).values(etag=etag, last_modified=last_modified)
            await connection.execute(statement)

    async def define_topics(self, configured: Iterable[Topic]) -> dict[str, str]:
        """Create or update the configured topics with their aliases, and return their slugs by title.

        An existing title gets the configured slug; one that an earlier version made of the title stays.
        """
        slugs: dict[str, str] = {}
        async with self._database.write() as connection:
            for topic in configured:
                slug = slugs[topic.title] = await _find_kept_slug(connection, topic) or topic.slug
                is_taken = select(topics.c.id).where(topics.c.slug == slug).exists()
                is_same = and_(topics.c.title == topic.title, topics.c.expression.is_(None))
                adopt_slug = update(topics).where(is_same, ~is_taken).values(slug=slug)
                await connection.execute(adopt_slug)
                values = {"title": topic.title, "aliases": list(topic.aliases)}
                statement = insert_into(connection, topics).values(slug=slug, **values)
                await connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=values))
        return slugs

    # -- digests out ------------------------------------------------------------------------------------------

    async def list_topics(self, until: date = date.max) -> list[tuple[Topic, date | None, int]]:
        """All topics by title, each with the date of its latest digest (``None`` without) and its number of digests.

        Follows are not among them: they are known only to who follows. Digests dated after ``until`` do not count, here
        and below: they are not the newest before their day.
        """
        newest, count = func.max(digests.c.date), func.count(digests.c.id)
        is_counted = and_(digests.c.topic_id == topics.c.id, digests.c.date <= until)
        query = select(topics, newest.label("newest"), count.label("number")).outerjoin(digests, is_counted)
        query = query.where(_IS_PUBLIC).group_by(topics.c.id)
        async with self._database.read() as connection:
            return await read_sound_rows(
                connection,
                query.order_by(topics.c.title),
                lambda row: (to_topic(row), row.newest, row.number),
                topics.c.id,
            )

    async def list_dates(self, slug: str, limit: int = 10, until: date = date.max) -> list[date]:
        """The topic's latest dates, newest first."""
        query = select(digests.c.date).join(topics).where(topics.c.slug == slug, digests.c.date <= until)
        async with self._database.read() as connection:
            return list((await connection.scalars(query.order_by(digests.c.date.desc()).limit(limit))).all())

    async def get_latest(self, slug: str, until: date = date.max) -> StoredDigest | None:
        """The topic's newest digest."""
        of_topic = _select_digests().where(topics.c.slug == slug, digests.c.date <= until)
        return await self._read_digest(of_topic.order_by(digests.c.date.desc()).limit(1))

    async def count_after(self, until: date) -> dict[str, tuple[int, date]]:
        """By slug, the number of digests dated after a date, and the latest of them; without follows."""
        query = select(topics.c.slug, func.count().label("number"), func.max(digests.c.date).label("latest"))
        query = query.select_from(digests.join(topics)).where(digests.c.date > until, _IS_PUBLIC)
        async with self._database.read() as connection:
            rows = await connection.execute(query.group_by(topics.c.slug))
            return {row.slug: (row.number, row.latest) for row in rows}

    async def get_by_date(self, slug: str, day: date) -> StoredDigest | None:
        """The topic's digest for a date."""
        return await self._read_digest(_select_digests().where(topics.c.slug == slug, digests.c.date == day))

    async def get_by_id(self, digest_id: int) -> StoredDigest | None:
        """A digest by its database id."""
        return await self._read_digest(_select_digests().where(digests.c.id == digest_id))

    async def get_paper(self, arxiv_id: str, until: date = date.max) -> StoredEntry | None:
        """The paper, with the newest entry that shows it; ``None`` unless one does or arXiv announced it."""
        found = await self._find_papers(papers.c.arxiv_id == arxiv_id, 1, until)
        return found[0] if found else None

    async def list_papers(self, arxiv_ids: Sequence[str], until: date = date.max) -> list[StoredEntry]:
        """The papers with these numbers, in their order, as :meth:`get_paper` finds each; without those unknown."""
        condition = papers.c.arxiv_id.in_(arxiv_ids)
        found = {
            one.entry.paper.arxiv_id: one for one in await self._find_papers(condition, len(set(arxiv_ids)), until)
        }
        return [found[name] for name in arxiv_ids if name in found]

    async def list_newest_papers(self, limit: int, until: date = date.max, offset: int = 0) -> list[int]:
        """The papers of the newest digests, newest first, without duplicates; without digests, those announced last.

        Digests of follows do not count: they are for who follows.
        """
        async with self._database.read() as connection:
            shown = list((await connection.scalars(_select_newest_shown(until).limit(limit).offset(offset))).all())
            if shown or await connection.scalar(_select_newest_shown(until).limit(1)):
                return shown
            announced = select(papers.c.id).where(papers.c.announced_on <= until)
            newest_first = announced.order_by(papers.c.announced_on.desc(), papers.c.id.desc())
            return list((await connection.scalars(newest_first.limit(limit).offset(offset))).all())

    async def list_papers_by_id(self, ids: Sequence[int], until: date = date.max) -> list[StoredEntry]:
        """The papers in the order of ``ids``, each with the newest entry that shows it, if any does."""
        by_id = {entry.paper_id: entry for entry in await self._find_papers(papers.c.id.in_(ids), len(ids), until)}
        return [by_id[paper_id] for paper_id in ids if paper_id in by_id]

    async def _find_papers(self, condition: ColumnElement[bool], count: int, until: date) -> list[StoredEntry]:
        """Papers matching an SQL condition, at most ``count``, each with its best entry, if possible up to ``until``.

        A public topic's entry is better than a follow's, and then a newer one.
        """
        async with self._database.read() as connection:
            query = _select_best_entries(condition, until)
            shown = await read_sound_rows(connection, query, _to_stored_entry, entries.c.id)
            found = {entry.paper_id: entry for entry in shown}
            if len(found) < count:
                is_known = or_(papers.c.announced_on.is_not(None), papers.c.fetched_at.is_not(None))
                query = select(papers).where(condition, is_known, papers.c.id.not_in(found))
                for entry in await read_sound_rows(connection, query, _to_single_entry, papers.c.id):
                    found[entry.paper_id] = entry
        return list(found.values())

    async def _read_digest(self, query: Select[Any]) -> StoredDigest | None:
        async with self._database.read() as connection:
            found_digests = await read_sound_rows(connection, query, lambda row: (row, to_topic(row)), digests.c.id)
            if not found_digests:
                return None
            row, topic = found_digests[0]
            entry_query = select_entries().where(entries.c.digest_id == row.digest_id).order_by(entries.c.position)
            found = await read_sound_rows(
                connection, entry_query, lambda entry: (entry.paper_id, to_entry(entry)), entries.c.id
            )
        digest = Digest(topic.title, row.date, tuple(entry for _, entry in found), row.published_at)
        return StoredDigest(row.digest_id, topic, digest, tuple(paper_id for paper_id, _ in found))


async def _find_kept_slug(connection: AsyncConnection, topic: Topic) -> str | None:
    """The slug that a topic has of an earlier version, where it would be another one now by itself."""
    earlier = slugify_letters(topic.title) or "topic"
    if topic.slug != slugify(topic.title) or topic.slug == earlier:
        return None
    query = select(topics.c.slug).where(topics.c.title == topic.title, topics.c.slug == earlier)
    slug: str | None = await connection.scalar(query)
    return slug


# -- reading --------------------------------------------------------------------------------------------------


def _select_digests() -> Select[Any]:
    return select(digests.c.id.label("digest_id"), digests.c.date, digests.c.published_at, topics).join(topics)


_IS_PUBLIC = topics.c.expression.is_(None)
_MAX_READ_ENTRIES = 3
"""How many entries of a paper are read, so that one that cannot be does not hide the others: follows have thousands."""
_ENTRY_COLUMNS = ("headline", "takeaways", "sections", "flags", "figures", "basis", "writer", "is_updated")
_PAPER_COLUMNS = ("arxiv_id", "version", "title", "authors", "abstract", "comment", "links", "licence", "publication")


def select_entries(*more: Any) -> Select[Any]:  # noqa: ANN401
    """Every entry with its paper, for :func:`~digestbot.store.digests.digest_rows.to_entry`, and more columns."""
    entry_columns = (entries.c[name] for name in ("paper_id", *_ENTRY_COLUMNS))
    paper_columns = (papers.c[name] for name in _PAPER_COLUMNS)
    return select(*entry_columns, *paper_columns, *more).join_from(
        entries, papers, and_(papers.c.id == entries.c.paper_id)
    )


def _select_best_entries(condition: ColumnElement[bool], until: date) -> Select[Any]:
    """The entries of the papers matching a condition, the best of each paper last."""
    order = (_IS_PUBLIC.desc(), (digests.c.date <= until).desc(), digests.c.date.desc())
    place = func.row_number().over(partition_by=entries.c.paper_id, order_by=order)
    all_entries = select(entries.c.id, place.label("place")).join_from(entries, papers).where(condition)
    ranked = all_entries.join(digests, digests.c.id == entries.c.digest_id).join(topics).subquery()
    more = (topics.c.slug, topics.c.title.label("topic_title"), topics.c.aliases, topics.c.expression, digests.c.date)
    query = select_entries(*more, papers.c.categories, papers.c.announced_on, papers.c.fetched_at)
    query = query.join(digests, digests.c.id == entries.c.digest_id).join(topics, topics.c.id == digests.c.topic_id)
    query = query.join(ranked, ranked.c.id == entries.c.id).where(ranked.c.place <= _MAX_READ_ENTRIES)
    return query.order_by(ranked.c.place.desc())


def _select_newest_shown(until: date) -> Select[Any]:
    """The papers that public digests show, the newest first."""
    query = select(entries.c.paper_id).join(digests, digests.c.id == entries.c.digest_id).join(topics)
    query = query.where(digests.c.date <= until, _IS_PUBLIC).group_by(entries.c.paper_id)
    return query.order_by(func.max(digests.c.date).desc(), func.min(entries.c.id))


def _to_page_record(row: Row[Any]) -> PageRecord:
    return PageRecord(row.fingerprint, row.etag, row.last_modified, dict(row.counts))


def _to_stored_entry(row: Row[Any]) -> StoredEntry:
    entry, categories, fetched_at = to_entry(row), tuple(row.categories.split()), _find_fetched_at(row)
    if row.expression is not None:
        return StoredEntry(row.paper_id, None, row.announced_on or row.date, entry, categories, fetched_at)
    topic = Topic(row.slug, row.topic_title, read_texts(row.aliases))
    return StoredEntry(row.paper_id, topic, row.date, entry, categories, fetched_at)


def _to_single_entry(row: Row[Any]) -> StoredEntry:
    """A paper without an entry, with what its abstract says."""
    from digestbot.quality.extracts import extract_summary  # noqa: PLC0415  # late: its patterns take a while to compile

    paper = to_paper(row)
    entry = Entry(paper, extract_summary(paper, "abstract"))
    day = row.announced_on or (row.submitted_at or row.fetched_at).date()
    return StoredEntry(row.id, None, day, entry, tuple(row.categories.split()), _find_fetched_at(row))


def _find_fetched_at(row: Row[Any]) -> datetime | None:
    return row.fetched_at if row.announced_on is None else None
