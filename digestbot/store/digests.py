"""Digests, and the papers they show; a paper is kept once however many digests show it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digestbot.domain.digest import Digest, Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper, PaperLink
from digestbot.domain.topic import Topic, find_topic, slugify
from digestbot.store.engine import Database, insert
from digestbot.store.search import index_papers
from digestbot.store.tables import digests, entries, pages, papers, topics


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest with its place in the store."""

    id: int
    topic: Topic
    digest: Digest
    paper_ids: tuple[int, ...]
    """The stored papers, in the order of the entries."""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A paper with the newest entry that shows it."""

    paper_id: int
    topic: Topic
    date: date
    entry: Entry


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What is known of a page from the last time: ``counts`` are those of its loading."""

    fingerprint: str
    etag: str
    last_modified: str
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PageKey:
    """A page as it is now; the last two are its HTTP validators."""

    uri: str
    fingerprint: str
    counts: dict[str, Any]
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """How many entries a page brought, changed and took away."""

    new: int = 0
    updated: int = 0
    removed: int = 0

    def __add__(self, other: Changes) -> Changes:
        return Changes(self.new + other.new, self.updated + other.updated, self.removed + other.removed)


class DigestStore:
    """Reads and writes digests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- pages in ---------------------------------------------------------------------------------------------

    async def page(self, uri: str) -> PageRecord | None:
        """What is known of a page from the last time it was loaded."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(pages).where(pages.c.uri == uri))).first()
        return PageRecord(row.fingerprint, row.etag, row.last_modified, row.counts) if row else None

    async def save_pages(self, found: Sequence[tuple[PageKey, Sequence[Digest]]], now: datetime) -> Changes:
        """Replace what the pages said before with what they say now, all in one transaction."""
        async with self._database.write() as connection:
            return await _save(connection, found, now)

    async def keep_validators(self, uri: str, etag: str, last_modified: str) -> None:
        """Remember an unchanged page's new HTTP validators."""
        async with self._database.write() as connection:
            changed = update(pages).where(pages.c.uri == uri).values(etag=etag, last_modified=last_modified)
            await connection.execute(changed)

    async def define_topics(self, defined: Iterable[Topic]) -> None:
        """Make the configured topics, with their titles and aliases; one that has a title already gets the slug."""
        async with self._database.write() as connection:
            for topic in defined:
                taken = select(topics.c.id).where(topics.c.slug == topic.slug).exists()
                renamed = update(topics).where(topics.c.title == topic.title, ~taken).values(slug=topic.slug)
                await connection.execute(renamed)
                values = {"title": topic.title, "aliases": list(topic.aliases)}
                statement = insert(connection, topics).values(slug=topic.slug, **values)
                await connection.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=values))

    # -- digests out ------------------------------------------------------------------------------------------

    async def topics(self) -> list[tuple[Topic, date | None, int]]:
        """Every topic by title, with the date of its latest digest (``None`` without) and how many it has."""
        newest, number = func.max(digests.c.date), func.count(digests.c.id)
        query = select(topics, newest.label("newest"), number.label("number")).outerjoin(digests).group_by(topics.c.id)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(topics.c.title))
            return [(_topic(row), row.newest, row.number) for row in rows]

    async def dates(self, slug: str, most: int = 10) -> list[date]:
        """The topic's latest dates, newest first."""
        query = select(digests.c.date).join(topics).where(topics.c.slug == slug)
        async with self._database.read() as connection:
            return list((await connection.scalars(query.order_by(digests.c.date.desc()).limit(most))).all())

    async def latest(self, slug: str) -> StoredDigest | None:
        """The topic's newest digest."""
        return await self._digest(_digests().where(topics.c.slug == slug).order_by(digests.c.date.desc()).limit(1))

    async def on(self, slug: str, day: date) -> StoredDigest | None:
        """The topic's digest of a date."""
        return await self._digest(_digests().where(topics.c.slug == slug, digests.c.date == day))

    async def by_id(self, digest_id: int) -> StoredDigest | None:
        """A digest by its place in the store."""
        return await self._digest(_digests().where(digests.c.id == digest_id))

    async def paper(self, arxiv_id: str) -> StoredEntry | None:
        """The paper, with the newest entry that shows it."""
        found = await self.papers(papers.c.arxiv_id == arxiv_id)
        return found[0] if found else None

    async def newest(self, most: int) -> list[int]:
        """The stored papers of the newest digests, newest first, each once."""
        query = (
            select(entries.c.paper_id)
            .join(digests, digests.c.id == entries.c.digest_id)
            .group_by(entries.c.paper_id)
            .order_by(func.max(digests.c.date).desc(), func.min(entries.c.id))
        )
        async with self._database.read() as connection:
            return list((await connection.scalars(query.limit(most))).all())

    async def papers_by_id(self, ids: Sequence[int]) -> list[StoredEntry]:
        """The papers in the order of ``ids``, each with the newest entry that shows it."""
        found = {entry.paper_id: entry for entry in await self.papers(papers.c.id.in_(ids))}
        return [found[paper_id] for paper_id in ids if paper_id in found]

    async def papers(self, condition: Any) -> list[StoredEntry]:  # noqa: ANN401
        """Papers that meet an SQL condition, each with the newest entry that shows it."""
        query = (
            _entry_columns(topics.c.slug, topics.c.title.label("topic_title"), topics.c.aliases, digests.c.date)
            .join(digests, digests.c.id == entries.c.digest_id)
            .join(topics, topics.c.id == digests.c.topic_id)
            .where(condition)
            .order_by(digests.c.date)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        newest = {row.paper_id: row for row in rows}
        return [
            StoredEntry(row.paper_id, Topic(row.slug, row.topic_title, tuple(row.aliases)), row.date, _entry(row))
            for row in newest.values()
        ]

    async def _digest(self, query: Select[Any]) -> StoredDigest | None:
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                return None
            shown = _entry_columns().where(entries.c.digest_id == row.digest_id).order_by(entries.c.position)
            rows = (await connection.execute(shown)).all()
        topic = _topic(row)
        digest = Digest(topic.title, row.date, tuple(_entry(r) for r in rows), row.published)
        return StoredDigest(row.digest_id, topic, digest, tuple(r.paper_id for r in rows))


# -- writing --------------------------------------------------------------------------------------------------


async def _save(
    connection: AsyncConnection, found: Sequence[tuple[PageKey, Sequence[Digest]]], now: datetime
) -> Changes:
    page_ids = await _page_ids(connection, [key for key, _ in found])
    before = await _entries_of(connection, page_ids.values())
    all_digests = [digest for _, its in found for digest in its]
    digest_ids = await _digest_ids(connection, all_digests, now)
    paper_ids = await _save_papers(connection, [e.paper for digest in all_digests for e in digest.entries])
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    for key, its in found:
        for digest in its:
            digest_id = digest_ids[digest.topic, digest.date]
            for position, entry in enumerate(digest.entries):
                place = (digest_id, paper_ids[entry.paper.arxiv_id])
                own = {
                    "digest_id": place[0],
                    "paper_id": place[1],
                    "page_id": page_ids[key.uri],
                    "position": position,
                }
                rows[place] = {**own, **_values(entry)}
    changes = await _save_entries(connection, rows, before)
    await index_papers(connection, sorted({*paper_ids.values(), *(row.paper_id for row in before.values())}))
    return changes


async def _save_entries(
    connection: AsyncConnection,
    rows: dict[tuple[int, int], dict[str, Any]],
    before: dict[tuple[int, int], Row[Any]],
) -> Changes:
    new = [row for place, row in rows.items() if place not in before]
    changed = [row for place, row in rows.items() if place in before and _differs(before[place], row)]
    gone = [row.id for place, row in before.items() if place not in rows]
    if new or changed:
        statement = insert(connection, entries)
        kept = {name: statement.excluded[name] for name in (new or changed)[0] if name not in ("digest_id", "paper_id")}
        upsert = statement.on_conflict_do_update(index_elements=["digest_id", "paper_id"], set_=kept)
        await connection.execute(upsert, new + changed)
    if gone:
        await connection.execute(delete(entries).where(entries.c.id.in_(gone)))
        await connection.execute(delete(digests).where(digests.c.id.not_in(select(entries.c.digest_id))))
    return Changes(len(new), len(changed), len(gone))


def _differs(old: Row[Any], row: dict[str, Any]) -> bool:
    return any(getattr(old, name) != value for name, value in row.items())


async def _page_ids(connection: AsyncConnection, keys: Sequence[PageKey]) -> dict[str, int]:
    rows = [{name: getattr(key, name) for name in _PAGE_FIELDS} for key in keys]
    statement = insert(connection, pages)
    changed = {name: statement.excluded[name] for name in _PAGE_FIELDS if name != "uri"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["uri"], set_=changed), rows)
    uris = [key.uri for key in keys]
    stored = await connection.execute(select(pages.c.uri, pages.c.id).where(pages.c.uri.in_(uris)))
    return {row.uri: row.id for row in stored}


_PAGE_FIELDS = [field.name for field in dataclasses.fields(PageKey)]


async def _entries_of(connection: AsyncConnection, page_ids: Iterable[int]) -> dict[tuple[int, int], Row[Any]]:
    rows = await connection.execute(select(entries).where(entries.c.page_id.in_(list(page_ids))))
    return {(row.digest_id, row.paper_id): row for row in rows}


async def _topic_ids(connection: AsyncConnection, titles: Iterable[str]) -> dict[str, int]:
    """Each title's topic, which it may name by its slug or an alias too; made where there is none."""
    known = {_topic(row): row.id for row in await connection.execute(select(topics))}
    found: dict[str, int] = {}
    for title in titles:
        topic = find_topic(title, list(known)).topic
        if topic is None:
            topic = Topic(slugify(title), title)
            statement = insert(connection, topics).values(slug=topic.slug, title=title, aliases=[])
            kept = {"slug": statement.excluded.slug}  # the same slug from two titles is one topic
            again = statement.on_conflict_do_update(index_elements=["slug"], set_=kept).returning(topics.c.id)
            known[topic] = (await connection.execute(again)).scalar_one()
        found[title] = known[topic]
    return found


async def _digest_ids(
    connection: AsyncConnection, found: Sequence[Digest], now: datetime
) -> dict[tuple[str, date], int]:
    """Make the topics and digests that are missing; each digest's place by its title and date."""
    topic_ids = await _topic_ids(connection, dict.fromkeys(digest.topic for digest in found))
    statement = insert(connection, digests)
    published = func.coalesce(statement.excluded.published, digests.c.published)
    upsert = statement.on_conflict_do_update(index_elements=["topic_id", "date"], set_={"published": published})
    rows = {
        (topic_ids[digest.topic], digest.date): {
            "topic_id": topic_ids[digest.topic],
            "date": digest.date,
            "published": digest.published_at,
            "loaded_at": now,
            "announced": False,
        }
        for digest in found
    }
    await connection.execute(upsert, list(rows.values()))
    query = select(digests.c.topic_id, digests.c.date, digests.c.id).where(digests.c.topic_id.in_(topic_ids.values()))
    ids = {(row.topic_id, row.date): row.id for row in await connection.execute(query)}
    return {(digest.topic, digest.date): ids[topic_ids[digest.topic], digest.date] for digest in found}


async def _save_papers(connection: AsyncConnection, found: Sequence[Paper]) -> dict[str, int]:
    """Keep each paper at its newest version; of one version, as it was read last."""
    statement = insert(connection, papers)
    rows = [_paper_values(paper) for paper in found]
    newer = {name: statement.excluded[name] for name in rows[0] if name != "arxiv_id"}
    upsert = statement.on_conflict_do_update(
        index_elements=["arxiv_id"], set_=newer, where=statement.excluded.version >= papers.c.version
    )
    await connection.execute(upsert, rows)
    numbers = {paper.arxiv_id for paper in found}
    stored = await connection.execute(select(papers.c.arxiv_id, papers.c.id).where(papers.c.arxiv_id.in_(numbers)))
    return {row.arxiv_id: row.id for row in stored}


def _paper_values(paper: Paper) -> dict[str, Any]:
    return {
        "arxiv_id": paper.arxiv_id,
        "version": paper.version,
        "title": paper.title,
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "comment": paper.comment,
        "links": [[link.kind, link.url] for link in paper.links],
    }


def _values(entry: Entry) -> dict[str, Any]:
    summary = entry.summary
    return {
        "headline": summary.headline,
        "takeaways": list(summary.takeaways),
        "sections": [[section.title, section.body] for section in summary.sections],
        "flags": list(summary.flags),
        "figures": [_figure_value(figure) for figure in entry.figures],
        "basis": summary.basis,
        "writer": summary.writer,
        "updated": entry.is_updated,
        "version": entry.paper.version,
    }


def _figure_value(figure: Figure) -> list[str] | dict[str, Any]:
    """A figure's addresses; with its caption where it has one."""
    urls = [figure.url, *figure.mirrors]
    return {"urls": urls, "caption": figure.caption} if figure.caption else urls


def _figure(value: list[str] | dict[str, Any]) -> Figure:
    if isinstance(value, list):
        return Figure(value[0], tuple(value[1:]))
    return Figure(value["urls"][0], tuple(value["urls"][1:]), value["caption"])


# -- reading --------------------------------------------------------------------------------------------------


def _digests() -> Select[Any]:
    return select(digests.c.id.label("digest_id"), digests.c.date, digests.c.published, topics).join(topics)


_ENTRY_FIELDS = ("headline", "takeaways", "sections", "flags", "figures", "basis", "writer", "updated")


def _entry_columns(*more: Any) -> Select[Any]:  # noqa: ANN401
    own = (entries.c[name] for name in ("paper_id", *_ENTRY_FIELDS))
    its = (papers.c[name] for name in ("arxiv_id", "version", "title", "authors", "abstract", "comment", "links"))
    return select(*own, *its, *more).join_from(entries, papers, and_(papers.c.id == entries.c.paper_id))


def _topic(row: Row[Any]) -> Topic:
    return Topic(row.slug, row.title, tuple(row.aliases))


def _entry(row: Row[Any]) -> Entry:
    links = tuple(PaperLink(url, kind) for kind, url in row.links)
    paper = Paper(row.arxiv_id, row.version, row.title, tuple(row.authors), row.abstract, row.comment, links)
    sections = tuple(Section(title, body) for title, body in row.sections)
    summary = Summary(row.headline, tuple(row.takeaways), sections, tuple(row.flags), row.basis, row.writer)
    return Entry(paper, summary, tuple(_figure(value) for value in row.figures), row.updated)
