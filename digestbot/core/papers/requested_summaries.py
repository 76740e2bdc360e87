"""Which summary of a paper is shown: that of an operator's own digest, or one that somebody asked for.

A digest's own summary is preferred, unless it is in another language than the reader's and one in theirs was asked for.
What was asked for takes the place of an extract of the abstract, in the reader's language or else in English.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from digestbot.domain.digest import EXTRACT_WRITER, Digest, Entry, find_summary_language
from digestbot.store.digests.digests import StoredDigest, StoredEntry
from digestbot.store.papers.paper_summaries import PaperSummaryStore, StoredSummary

_FALLBACK_LANGUAGE = "en"
RequestedSummaries = Mapping[int, Sequence[StoredSummary]]
"""Summaries that somebody asked for, by the ids of their papers, those of the newest versions first."""


def has_own_summary(entry: Entry) -> bool:
    """Whether somebody wrote a summary, be it a model: an extract of the abstract is none."""
    return entry.summary.writer != EXTRACT_WRITER and bool(entry.summary.headline)


def is_in_language(entry: Entry, language: str) -> bool:
    """Whether the summary of an entry is written in a language, as far as that shows."""
    return find_summary_language(entry.summary) in ("", language)


def choose_summary(
    entry: Entry, requested: Sequence[StoredSummary], language: str, until: datetime | None = None
) -> StoredSummary | None:
    """Which of the summaries that were asked for, ``until`` then, takes the place of the entry's; ``None`` if none."""
    if entry.paper.is_withdrawn or (has_own_summary(entry) and is_in_language(entry, language)):
        return None
    known = [one for one in requested if until is None or one.made_at <= until]
    languages = (language,) if has_own_summary(entry) else dict.fromkeys((language, _FALLBACK_LANGUAGE))
    return next((one for wanted in languages for one in known if one.language == wanted), None)


def put_summary(entry: Entry, chosen: StoredSummary | None) -> Entry:
    """The entry with a summary that was asked for, and with its figures where it has any."""
    if chosen is None:
        return entry
    return replace(entry, summary=chosen.summary, figures=chosen.figures or entry.figures)


def put_into_digest(
    stored: StoredDigest, requested: RequestedSummaries, language: str, until: datetime | None = None
) -> StoredDigest:
    """The digest with the summaries that were asked for, where its own are none."""
    pairs = list(zip(stored.digest.entries, stored.paper_ids, strict=True))
    entries = tuple(
        put_summary(entry, choose_summary(entry, requested.get(id_, ()), language, until)) for entry, id_ in pairs
    )
    return replace(stored, digest=_replace_entries(stored.digest, entries))


def _replace_entries(digest: Digest, entries: tuple[Entry, ...]) -> Digest:
    return digest if entries == digest.entries else replace(digest, entries=entries)


async def add_requested(store: PaperSummaryStore, found: Iterable[StoredEntry], language: str) -> list[StoredEntry]:
    """Papers with the summaries that were asked for, where their own are none. It reads only what can be needed."""
    papers = list(found)
    requested = await _read_needed(store, ((one.entry, one.paper_id) for one in papers), language)
    if not requested:
        return papers
    return [
        one._replace(entry=put_summary(one.entry, choose_summary(one.entry, requested.get(one.paper_id, ()), language)))
        for one in papers
    ]


async def add_requested_to_digest(store: PaperSummaryStore, stored: StoredDigest, language: str) -> StoredDigest:
    """A digest with the summaries that were asked for, where its own are none."""
    pairs = zip(stored.digest.entries, stored.paper_ids, strict=True)
    requested = await _read_needed(store, pairs, language)
    return put_into_digest(stored, requested, language) if requested else stored


async def _read_needed(
    store: PaperSummaryStore, pairs: Iterable[tuple[Entry, int]], language: str
) -> RequestedSummaries:
    needed = [id_ for entry, id_ in pairs if not (has_own_summary(entry) and is_in_language(entry, language))]
    return await store.list_for_papers(needed) if needed else {}
