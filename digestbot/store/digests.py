"""Digests and their papers; each paper is stored once, however many digests show it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import Digest, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper, PaperLink
from digestbot.domain.topic import Topic, find_topic, slugify
from digestbot.store.bundles import drop_orphans
from digestbot.store.engine import Database, insert_into
from digestbot.store.search import index_papers
from digestbot.store.sound_rows import read_sound_rows, read_texts
from digestbot.store.tables import digests, entries, pages, papers, topics


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest with its database id."""

    id: int
    topic: Topic
    digest: Digest
    paper_ids: tuple[int, ...]
    """The ids of the stored papers, in the order of the entries."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A paper with the newest entry that shows it."""

    paper_id: int
    topic: Topic
    date: date
    entry: Entry


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page as of its last load, with its ``counts``."""

    fingerprint: str
    etag: str
    last_modified: str
    entry_counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageKey:
    """A page's current identity; the last two fields are its HTTP validators."""

    uri: str
    fingerprint: str
    counts: dict[str, Any]
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class EntryChanges:
    """The number of entries that a page added, updated and removed."""

    new: int = 0
    updated: int = 0
    removed: int = 0

    def __add__(self, other: EntryChanges) -> EntryChanges:
        return EntryChanges(self.new + other.new, self.updated + other.updated, self.removed + other.removed)


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
        async with self._database.write() as connection:
            return await _save_pages(connection, loaded_pages, now)

    async def save_validators(self, uri: str, etag: str, last_modified: str) -> None:
        """Store an unchanged page's new HTTP validators."""
        async with self._database.write() as connection:
            statement = update(pages).where(pages.c.uri == uri).values(etag=etag, last_modified=last_modified)
            await connection.execute(statement)

    async def define_topics(self, configured: Iterable[Topic]) -> None:
        """Create or update the configured topics with their aliases; an existing title gets the configured slug."""
        async with self._database.write() as connection:
            for topic in configured:
                is_taken = select(topics.c.id).where(topics.c.slug == topic.slug).exists()
                adopt_slug = update(topics).where(topics.c.title == topic.title, ~is_taken).values(slug=topic.slug)
                await connection.execute(adopt_slug)
                values = {"title": topic.title, "aliases": list(topic.aliases)}
                statement = insert_into(connection, topics).values(slug=topic.slug, **values)
                await connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=values))

    # -- digests out ------------------------------------------------------------------------------------------

    async def list_topics(self, until: date = date.max) -> list[tuple[Topic, date | None, int]]:
        """All topics by title, each with the date of its latest digest (``None`` without) and its number of digests.

        Digests dated after ``until`` do not count, here and below: they are not the newest before their day.
        """
        newest, count = func.max(digests.c.date), func.count(digests.c.id)
        is_counted = and_(digests.c.topic_id == topics.c.id, digests.c.date <= until)
        query = select(topics, newest.label("newest"), count.label("number")).outerjoin(digests, is_counted)
        query = query.group_by(topics.c.id)
        async with self._database.read() as connection:
            return await read_sound_rows(
                connection,
                query.order_by(topics.c.title),
                lambda row: (_to_topic(row), row.newest, row.number),
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
        """By slug, the number of digests dated after a date, and the latest of them."""
        query = select(topics.c.slug, func.count().label("number"), func.max(digests.c.date).label("latest"))
        query = query.select_from(digests.join(topics)).where(digests.c.date > until).group_by(topics.c.slug)
        async with self._database.read() as connection:
            return {row.slug: (row.number, row.latest) for row in await connection.execute(query)}

    async def get_by_date(self, slug: str, day: date) -> StoredDigest | None:
        """The topic's digest for a date."""
        return await self._read_digest(_select_digests().where(topics.c.slug == slug, digests.c.date == day))

    async def get_by_id(self, digest_id: int) -> StoredDigest | None:
        """A digest by its database id."""
        return await self._read_digest(_select_digests().where(digests.c.id == digest_id))

    async def get_paper(self, arxiv_id: str, until: date = date.max) -> StoredEntry | None:
        """The paper, with the newest entry that shows it."""
        entries_found = await self.find_papers(papers.c.arxiv_id == arxiv_id, until)
        return entries_found[0] if entries_found else None

    async def list_newest_papers(self, limit: int, until: date = date.max) -> list[int]:
        """The papers of the newest digests, newest first, without duplicates."""
        query = (
            select(entries.c.paper_id)
            .join(digests, digests.c.id == entries.c.digest_id)
            .where(digests.c.date <= until)
            .group_by(entries.c.paper_id)
            .order_by(func.max(digests.c.date).desc(), func.min(entries.c.id))
        )
        async with self._database.read() as connection:
            return list((await connection.scalars(query.limit(limit))).all())

    async def list_papers_by_id(self, ids: Sequence[int], until: date = date.max) -> list[StoredEntry]:
        """The papers in the order of ``ids``, each with the newest entry that shows it."""
        by_id = {entry.paper_id: entry for entry in await self.find_papers(papers.c.id.in_(ids), until)}
        return [by_id[paper_id] for paper_id in ids if paper_id in by_id]

    async def find_papers(self, condition: Any, until: date = date.max) -> list[StoredEntry]:  # noqa: ANN401
        """Papers matching an SQL condition, each with the newest entry that shows it, if possible up to ``until``."""
        query = (
            _select_entries(topics.c.slug, topics.c.title.label("topic_title"), topics.c.aliases, digests.c.date)
            .join(digests, digests.c.id == entries.c.digest_id)
            .join(topics, topics.c.id == digests.c.topic_id)
            .where(condition)
            .order_by(case((digests.c.date <= until, 1), else_=0), digests.c.date)
        )
        async with self._database.read() as connection:
            found = await read_sound_rows(connection, query, _to_stored_entry, entries.c.id)
        return list({entry.paper_id: entry for entry in found}.values())

    async def _read_digest(self, query: Select[Any]) -> StoredDigest | None:
        async with self._database.read() as connection:
            found_digests = await read_sound_rows(connection, query, lambda row: (row, _to_topic(row)), digests.c.id)
            if not found_digests:
                return None
            row, topic = found_digests[0]
            entry_query = _select_entries().where(entries.c.digest_id == row.digest_id).order_by(entries.c.position)
            found = await read_sound_rows(
                connection, entry_query, lambda entry: (entry.paper_id, _to_entry(entry)), entries.c.id
            )
        digest = Digest(topic.title, row.date, tuple(entry for _, entry in found), row.published_at)
        return StoredDigest(row.digest_id, topic, digest, tuple(paper_id for paper_id, _ in found))


# -- writing --------------------------------------------------------------------------------------------------


async def _save_pages(
    connection: AsyncConnection, loaded_pages: Sequence[tuple[PageKey, Sequence[Digest]]], now: datetime
) -> EntryChanges:
    page_ids = await _upsert_pages(connection, [key for key, _ in loaded_pages])
    old_entries = await _read_entries_by_page(connection, page_ids.values())
    all_digests = [digest for _, page_digests in loaded_pages for digest in page_digests]
    digest_ids = await _upsert_digests(connection, all_digests, now)
    paper_ids = await _save_papers(connection, [e.paper for digest in all_digests for e in digest.entries])
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for key, page_digests in loaded_pages:
        for digest in page_digests:
            digest_id = digest_ids[digest.topic, digest.date]
            for position, entry in enumerate(digest.entries):
                key_pair = (digest_id, paper_ids[entry.paper.arxiv_id])
                key_columns = {
                    "digest_id": key_pair[0],
                    "paper_id": key_pair[1],
                    "page_id": page_ids[key.uri],
                    "position": position,
                }
                rows[key_pair] = {**key_columns, **_from_entry(entry)}
    changes = await _save_entries(connection, rows, old_entries, now)
    await index_papers(connection, sorted({*paper_ids.values(), *(row.paper_id for row in old_entries.values())}))
    return changes


async def _save_entries(
    connection: AsyncConnection,
    rows: dict[tuple[int, int], dict[str, Any]],
    old_entries: dict[tuple[int, int], Row[Any]],
    now: datetime,
) -> EntryChanges:
    new = [row for key_pair, row in rows.items() if key_pair not in old_entries]
    changed = [
        row for key_pair, row in rows.items() if key_pair in old_entries and _has_changed(old_entries[key_pair], row)
    ]
    removed = [row.id for key_pair, row in old_entries.items() if key_pair not in rows]
    if new or changed:
        statement = insert_into(connection, entries)
        updates = {
            name: statement.excluded[name] for name in (new or changed)[0] if name not in ("digest_id", "paper_id")
        }
        upsert = statement.on_conflict_do_update(index_elements=["digest_id", "paper_id"], set_=updates)
        await connection.execute(upsert, new + changed)
    if removed:
        await connection.execute(delete(entries).where(entries.c.id.in_(removed)))
        empty = delete(digests).where(digests.c.id.not_in(select(entries.c.digest_id)))
        if (await connection.execute(empty)).rowcount:
            await drop_orphans(connection, now)
    return EntryChanges(len(new), len(changed), len(removed))


def _has_changed(old: Row[Any], row: dict[str, Any]) -> bool:
    return any(getattr(old, name) != value for name, value in row.items())


async def _upsert_pages(connection: AsyncConnection, keys: Sequence[PageKey]) -> dict[str, int]:
    rows = [{name: getattr(key, name) for name in _PAGE_COLUMNS} for key in keys]
    statement = insert_into(connection, pages)
    updates = {name: statement.excluded[name] for name in _PAGE_COLUMNS if name != "uri"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["uri"], set_=updates), rows)
    uris = [key.uri for key in keys]
    stored_rows = await connection.execute(select(pages.c.uri, pages.c.id).where(pages.c.uri.in_(uris)))
    return {row.uri: row.id for row in stored_rows}


_PAGE_COLUMNS = [field.name for field in dataclasses.fields(PageKey)]


async def _read_entries_by_page(
    connection: AsyncConnection, page_ids: Iterable[int]
) -> dict[tuple[int, int], Row[Any]]:
    query = select(entries).where(entries.c.page_id.in_(list(page_ids)))
    rows = await read_sound_rows(connection, query, lambda row: row, entries.c.id)  # the others are written anew
    return {(row.digest_id, row.paper_id): row for row in rows}


async def _get_or_create_topics(connection: AsyncConnection, titles: Iterable[str]) -> dict[str, int]:
    """The topic for each title, which may also be a slug or an alias; created if needed."""
    known = await read_sound_rows(connection, select(topics), lambda row: (_to_topic(row), row.id), topics.c.id)
    ids_by_topic = dict(known)
    ids_by_title: dict[str, int] = {}
    for title in titles:
        topic = find_topic(title, list(ids_by_topic)).topic
        if topic is None:
            topic = Topic(slugify(title), title)
            statement = insert_into(connection, topics).values(slug=topic.slug, title=title, aliases=[])
            updates = {"slug": statement.excluded.slug}  # two titles with the same slug are one topic
            upsert = statement.on_conflict_do_update(index_elements=["slug"], set_=updates).returning(topics.c.id)
            ids_by_topic[topic] = (await connection.execute(upsert)).scalar_one()
        ids_by_title[title] = ids_by_topic[topic]
    return ids_by_title


async def _upsert_digests(
    connection: AsyncConnection, digests_found: Sequence[Digest], now: datetime
) -> dict[tuple[str, date], int]:
    """Create missing topics and digests; the digest ids by title and date."""
    topic_ids = await _get_or_create_topics(connection, dict.fromkeys(digest.topic for digest in digests_found))
    statement = insert_into(connection, digests)
    published_at = func.coalesce(statement.excluded.published_at, digests.c.published_at)
    upsert = statement.on_conflict_do_update(index_elements=["topic_id", "date"], set_={"published_at": published_at})
    rows = {
        (topic_ids[digest.topic], digest.date): {
            "topic_id": topic_ids[digest.topic],
            "date": digest.date,
            "published_at": digest.published_at,
            "loaded_at": now,
            "planning_number": None,
        }
        for digest in digests_found
    }
    await connection.execute(upsert, list(rows.values()))
    query = select(digests.c.topic_id, digests.c.date, digests.c.id).where(digests.c.topic_id.in_(topic_ids.values()))
    ids = {(row.topic_id, row.date): row.id for row in await connection.execute(query)}
    return {(digest.topic, digest.date): ids[topic_ids[digest.topic], digest.date] for digest in digests_found}


async def _save_papers(connection: AsyncConnection, papers_found: Sequence[Paper]) -> dict[str, int]:
    """Store each paper at its newest version; for equal versions, the one read last wins."""
    statement = insert_into(connection, papers)
    rows = [_from_paper(paper) for paper in papers_found]
    updates = {name: statement.excluded[name] for name in rows[0] if name != "arxiv_id"}
    upsert = statement.on_conflict_do_update(
        index_elements=["arxiv_id"], set_=updates, where=statement.excluded.version >= papers.c.version
    )
    await connection.execute(upsert, rows)
    arxiv_ids = {paper.arxiv_id for paper in papers_found}
    stored_rows = await connection.execute(
        select(papers.c.arxiv_id, papers.c.id).where(papers.c.arxiv_id.in_(arxiv_ids))
    )
    return {row.arxiv_id: row.id for row in stored_rows}


def _from_paper(paper: Paper) -> dict[str, Any]:
    return {
        "arxiv_id": paper.arxiv_id,
        "version": paper.version,
        "title": paper.title,
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "comment": paper.comment,
        "links": [[link.kind, link.url] for link in paper.links],
    }


def _from_entry(entry: Entry) -> dict[str, Any]:
    summary = entry.summary
    return {
        "headline": summary.headline,
        "takeaways": list(summary.takeaways),
        "sections": [[section.title, section.body] for section in summary.sections],
        "flags": list(summary.flags),
        "figures": [_from_figure(figure) for figure in entry.figures],
        "basis": summary.basis,
        "writer": summary.writer,
        "is_updated": entry.is_updated,
        "version": entry.paper.version,
    }


def _from_figure(figure: Figure) -> list[str] | dict[str, Any]:
    """A figure's URLs, with its caption if it has one."""
    urls = [figure.url, *figure.mirrors]
    return {"urls": urls, "caption": figure.caption} if figure.caption else urls


def _to_figure(value: list[str] | dict[str, Any]) -> Figure:
    if isinstance(value, list):
        return Figure(value[0], tuple(value[1:]))
    return Figure(value["urls"][0], tuple(value["urls"][1:]), value["caption"])


# -- reading --------------------------------------------------------------------------------------------------


def _select_digests() -> Select[Any]:
    return select(digests.c.id.label("digest_id"), digests.c.date, digests.c.published_at, topics).join(topics)


_ENTRY_COLUMNS = ("headline", "takeaways", "sections", "flags", "figures", "basis", "writer", "is_updated")


def _select_entries(*more: Any) -> Select[Any]:  # noqa: ANN401
    entry_columns = (entries.c[name] for name in ("paper_id", *_ENTRY_COLUMNS))
    paper_columns = (
        papers.c[name] for name in ("arxiv_id", "version", "title", "authors", "abstract", "comment", "links")
    )
    return select(*entry_columns, *paper_columns, *more).join_from(
        entries, papers, and_(papers.c.id == entries.c.paper_id)
    )


def _to_topic(row: Row[Any]) -> Topic:
    return Topic(row.slug, row.title, read_texts(row.aliases))


def _to_page_record(row: Row[Any]) -> PageRecord:
    return PageRecord(row.fingerprint, row.etag, row.last_modified, dict(row.counts))


def _to_stored_entry(row: Row[Any]) -> StoredEntry:
    topic = Topic(row.slug, row.topic_title, read_texts(row.aliases))
    return StoredEntry(row.paper_id, topic, row.date, _to_entry(row))


def _to_entry(row: Row[Any]) -> Entry:
    links = tuple(PaperLink(url, kind) for kind, url in row.links)
    paper = Paper(row.arxiv_id, row.version, row.title, read_texts(row.authors), row.abstract, row.comment, links)
    sections = tuple(Section(title, body) for title, body in row.sections)
    summary = Summary(row.headline, read_texts(row.takeaways), sections, read_texts(row.flags), row.basis, row.writer)
    return Entry(paper, summary, tuple(_to_figure(value) for value in row.figures), row.is_updated)
