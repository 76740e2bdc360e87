"""A person's saved papers with their tags and notes: written, looked through, and put back as they were."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from digestbot.core.clock import Clock
from digestbot.core.text_folding import fold_text
from digestbot.domain.papers.saved_marks import (
    MAX_NOTE_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    SavedMarks,
    add_tags,
    normalize_tag,
)
from digestbot.domain.subscription import Subscriber
from digestbot.errors import CommandError, LimitReachedError
from digestbot.store import Store
from digestbot.store.chats.saved_marks import SavedMarkStore, SavedPaper, SavedState, write_saved_state
from digestbot.store.digests.digests import StoredEntry

MAX_SAVED_PAPERS = 2_000
"""How many papers one person may have saved."""


@dataclass(frozen=True, slots=True)
class FoundSaved:
    """Saved papers out of ``total``, newest first; all of them have the ``tag``, where one was asked for."""

    papers: tuple[SavedPaper, ...]
    total: int
    tag: str = ""


class SavedLibrary:
    """What people saved. Every change gives what was before, as JSON, for :meth:`restore`."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._whole_store, self._clock = store, clock

    @property
    def _store(self) -> SavedMarkStore:
        return self._whole_store.saved_marks

    async def add_tags(
        self, reader: Subscriber, entry: StoredEntry, tags: Sequence[str], without: Collection[str] = ()
    ) -> SavedState:
        """Save a paper, add tags to it, and take those ``without`` which it shall be off: how it was saved before.

        Raises :class:`CommandError` for too many papers or tags, and for a tag that is too long.
        """
        if long := next((tag for tag in tags if len(tag) > MAX_TAG_CHARACTERS), ""):
            raise CommandError("tag_too_long", tag=f"{long[:MAX_TAG_CHARACTERS]}…", limit=MAX_TAG_CHARACTERS)
        return await self._mark(reader, entry, tags=tags, without=without)

    async def set_note(self, reader: Subscriber, entry: StoredEntry, note: str) -> SavedState:
        """Save a paper, and write a note beside it in place of the one there was: how it was saved before.

        Raises :class:`CommandError` for too many papers, and for a note that is too long.
        """
        if len(note) > MAX_NOTE_CHARACTERS:
            raise CommandError("note_too_long", count=f"{len(note):,}", limit=f"{MAX_NOTE_CHARACTERS:,}")
        return await self._mark(reader, entry, note=note)

    async def _mark(
        self,
        reader: Subscriber,
        entry: StoredEntry,
        *,
        tags: Sequence[str] = (),
        without: Collection[str] = (),
        note: str | None = None,
    ) -> SavedState:
        def change(before: SavedMarks) -> SavedMarks:
            kept = tuple(tag for tag in add_tags(before.tags, tags) if tag not in without)
            after = replace(before, tags=kept, note=before.note if note is None else note)
            if len(after.tags) > max(MAX_TAGS, len(before.tags)):
                raise CommandError("too_many_tags", f"unsave {entry.entry.paper.arxiv_id}", limit=MAX_TAGS)
            return after

        now = self._clock.now()
        try:
            return await self._store.mark_paper(reader.id, entry.paper_id, change, now=now, limit=MAX_SAVED_PAPERS)
        except LimitReachedError as error:
            raise _build_limit_error(error) from None

    async def get(self, reader: Subscriber, entry: StoredEntry) -> SavedState:
        """How a paper is saved; ``None`` if it is not."""
        found = await self._store.list_saved(reader.id, [entry.paper_id])
        return found[0] if found else None

    async def list_of(self, reader: Subscriber, paper_ids: Collection[int]) -> list[SavedPaper]:
        """Those of the papers that are saved, newest first."""
        return await self._store.list_saved(reader.id, list(paper_ids))

    async def find_papers(
        self, reader: Subscriber, wanted: str, limit: int | None = None, offset: int = 0
    ) -> FoundSaved:
        """A page of what is saved, newest first: with a tag, or with all of some words in title, note and tags."""
        if tag := await self._find_tag(reader, wanted):
            return _cut(await self._store.list_tagged(reader.id, tag), limit, offset, tag)
        words = fold_text(wanted).split()
        return _cut([one for one in await self._store.list_saved(reader.id) if _has_all(one, words)], limit, offset)

    async def _find_tag(self, reader: Subscriber, wanted: str) -> str:
        """The tag that is meant: a word with ``#``, or words that are a tag of a paper; empty for other words."""
        tag = normalize_tag(wanted)
        is_meant = wanted.startswith(("#", "＃")) or tag in await self._store.count_tags(reader.id)
        return tag if is_meant else ""

    async def count_tags(self, reader: Subscriber) -> list[tuple[str, int]]:
        """The tags with the number of papers that each has, those of most papers first."""
        counts = await self._store.count_tags(reader.id)
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

    async def restore(self, reader: Subscriber, before: Mapping[str, Any]) -> None:
        """Put papers back as they were. Raises :class:`CommandError` if too many would be saved."""
        try:
            await self._store.restore(reader.id, before, MAX_SAVED_PAPERS)
        except LimitReachedError as error:
            raise _build_limit_error(error) from None


def _cut(papers: Sequence[SavedPaper], limit: int | None, offset: int, tag: str = "") -> FoundSaved:
    end = None if limit is None else offset + limit
    return FoundSaved(tuple(papers[offset:end]), len(papers), tag)


def write_states(states: Mapping[str, SavedState]) -> dict[str, Any]:
    """How papers were saved, by their identifiers, as JSON."""
    return {name: write_saved_state(state) for name, state in states.items()}


def _has_all(paper: SavedPaper, words: Sequence[str]) -> bool:
    text = fold_text(" ".join((paper.title, paper.marks.note, *paper.marks.tags, paper.arxiv_id)))
    return all(word in text for word in words)


def _build_limit_error(error: LimitReachedError) -> CommandError:
    return CommandError("too_many_saved", "saved", limit=f"{error.limit:,}")
