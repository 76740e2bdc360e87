"""Rows of papers, entries and topics, and the objects that they are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from digestbot.domain.digest import Entry, Figure, Section, Summary
from digestbot.domain.paper import Paper, PaperLink
from digestbot.domain.publication import Publication
from digestbot.domain.topic import Topic
from digestbot.store.database.sound_rows import read_texts


def from_paper(paper: Paper) -> dict[str, Any]:
    """A paper's columns."""
    return {
        "arxiv_id": paper.arxiv_id,
        "version": paper.version,
        "title": paper.title,
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "comment": paper.comment,
        "links": [[link.kind, link.url] for link in paper.links],
        "licence": paper.licence,
        "publication": paper.publication.to_text(),
    }


def from_entry(entry: Entry) -> dict[str, Any]:
    """An entry's columns, without those that say where it stands."""
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


def to_topic(row: Row[Any]) -> Topic:
    """A row as a topic. Raises :class:`TypeError` if it cannot be read."""
    return Topic(row.slug, row.title, read_texts(row.aliases), row.expression or "")


def to_paper(row: Row[Any]) -> Paper:
    """A row of a paper. Raises what :data:`~digestbot.store.database.sound_rows.UNREADABLE` names."""
    links = tuple(PaperLink(url, kind) for kind, url in row.links)
    authors = read_texts(row.authors)
    return Paper(
        row.arxiv_id,
        row.version,
        row.title,
        authors,
        row.abstract,
        row.comment,
        links,
        row.licence,
        Publication.from_text(row.publication),
    )


def to_entry(row: Row[Any]) -> Entry:
    """A row of an entry with its paper. Raises what :data:`~digestbot.store.database.sound_rows.UNREADABLE` names."""
    return Entry(to_paper(row), to_summary(row), to_figures(row), row.is_updated)


def to_summary(row: Row[Any]) -> Summary:
    """The summary of a row that has one. Raises what :data:`~digestbot.store.database.sound_rows.UNREADABLE` names."""
    sections = tuple(Section(title, body) for title, body in row.sections)
    return Summary(row.headline, read_texts(row.takeaways), sections, read_texts(row.flags), row.basis, row.writer)


def to_figures(row: Row[Any]) -> tuple[Figure, ...]:
    """The figures of a row. Raises what :data:`~digestbot.store.database.sound_rows.UNREADABLE` names."""
    return tuple(_to_figure(value) for value in row.figures)
