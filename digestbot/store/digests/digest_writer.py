"""Writes loaded pages: their topics, digests, papers and entries, in place of what they held before."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import Digest
from digestbot.domain.paper import Paper
from digestbot.domain.topic import Topic, choose_slug, match_title
from digestbot.store.bundles import drop_orphans
from digestbot.store.database.engine import insert_into
from digestbot.store.database.sound_rows import read_sound_rows
from digestbot.store.digests.digest_rows import from_entry, from_paper, to_topic
from digestbot.store.search.search_index import index_papers
from digestbot.store.tables import digests, entries, pages, papers, topics


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


_PAGE_COLUMNS = [field.name for field in dataclasses.fields(PageKey)]


async def save_pages(
    connection: AsyncConnection, loaded_pages: Sequence[tuple[PageKey, Sequence[Digest]]], now: datetime
) -> EntryChanges:
    """Replace the stored contents of the pages with their current ones."""
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
                rows[key_pair] = {**key_columns, **from_entry(entry)}
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
        digest_ids = {digest_id for digest_id, _ in old_entries.keys() - rows.keys()}
        has_entries = select(entries.c.id).where(entries.c.digest_id == digests.c.id).exists()
        if (await connection.execute(delete(digests).where(digests.c.id.in_(digest_ids), ~has_entries))).rowcount:
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


async def _read_entries_by_page(
    connection: AsyncConnection, page_ids: Iterable[int]
) -> dict[tuple[int, int], Row[Any]]:
    query = select(entries).where(entries.c.page_id.in_(list(page_ids)))
    rows = await read_sound_rows(connection, query, lambda row: row, entries.c.id)  # the others are written anew
    return {(row.digest_id, row.paper_id): row for row in rows}


async def _get_or_create_topics(connection: AsyncConnection, titles: Iterable[str]) -> dict[str, int]:
    """The topic for each title, which may also be a slug or an alias; created if needed."""
    query = select(topics).where(topics.c.expression.is_(None))
    known = await read_sound_rows(connection, query, lambda row: (to_topic(row), row.id), topics.c.id)
    ids_by_topic = dict(known)
    ids_by_title: dict[str, int] = {}
    for title in titles:
        topic = match_title(title, list(ids_by_topic))
        if topic is None:
            topic = Topic(choose_slug(title, {known_topic.slug for known_topic in ids_by_topic}), title)
            statement = insert_into(connection, topics).values(slug=topic.slug, title=title, aliases=[])
            updates = {"slug": statement.excluded.slug}  # another process made the same one meanwhile
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
    rows = [from_paper(paper) for paper in papers_found]
    updates = {name: statement.excluded[name] for name in rows[0] if name != "arxiv_id"}
    known = func.nullif(statement.excluded.licence, "")
    updates["licence"] = func.coalesce(known, papers.c.licence)  # a page that does not name it takes it from nobody
    updates["publication"] = func.coalesce(func.nullif(statement.excluded.publication, ""), papers.c.publication)
    upsert = statement.on_conflict_do_update(
        index_elements=["arxiv_id"], set_=updates, where=statement.excluded.version >= papers.c.version
    )
    await connection.execute(upsert, rows)
    arxiv_ids = {paper.arxiv_id for paper in papers_found}
    stored_rows = await connection.execute(
        select(papers.c.arxiv_id, papers.c.id).where(papers.c.arxiv_id.in_(arxiv_ids))
    )
    return {row.arxiv_id: row.id for row in stored_rows}
