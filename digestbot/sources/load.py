"""Load pages into the store: each whole or not at all, and an unchanged one at the cost of a look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from digestbot.core.ports import Clock
from digestbot.domain.digest import Digest
from digestbot.errors import EmptyPageError, PageError
from digestbot.sources.fetch import Fetched, Fetcher, Origin, fingerprint
from digestbot.sources.pages import Page, decode, parse_page
from digestbot.store import Store
from digestbot.store.digests import EntryChanges, PageKey, PageRecord

_BATCH = 16
"""Pages saved in one transaction: one page a transaction takes about 1.5 times as long in all (measured)."""
_READER = "2"
"""Part of a page's fingerprint: raise it when pages are to be read anew because the reader got better."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A page, or an entry of it, that was not loaded. ``harmless`` means that there was nothing to load."""

    page: str
    reason: str
    harmless: bool = False


@dataclass(slots=True)
class Loaded:
    """What the pages hold, however much of it was new, and what changed in the store."""

    pages: int = 0
    digests: set[tuple[str, str]] = field(default_factory=set)
    entries: int = 0
    papers: set[str] = field(default_factory=set)
    flagged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    changes: EntryChanges = field(default_factory=EntryChanges)

    @property
    def ok(self) -> bool:
        """Whether all that should have been loaded was."""
        return all(skip.harmless for skip in self.skipped)

    def as_json(self) -> dict[str, Any]:
        """The counts for scripts."""
        return {
            "pages": self.pages,
            "digests": len(self.digests),
            "entries": self.entries,
            "papers": len(self.papers),
            "skipped": [{"page": skip.page, "reason": skip.reason} for skip in self.skipped],
            "flagged": self.flagged,
        }


@dataclass(frozen=True, slots=True)
class _Counts:
    """What one page holds; kept with it, so that an unchanged page is counted without being read."""

    digests: list[list[str]]
    entries: int
    papers: list[str]
    flagged: int
    problems: list[str]


class Loader:
    """Loads pages one after the other."""

    def __init__(self, store: Store, clock: Clock, fetcher: Fetcher) -> None:
        self._store = store
        self._clock = clock
        self._fetcher = fetcher

    async def load(self, origins: Sequence[Origin], progress: Callable[[Origin], None]) -> Loaded:
        """Load the pages; ``progress`` is called after each. They are saved some at a time."""
        loaded = Loaded()
        waiting: list[tuple[PageKey, Sequence[Digest]]] = []
        for origin in origins:
            loaded.pages += 1
            try:
                counts, new = await self._page(origin)
            except PageError as error:
                loaded.skipped.append(Skipped(origin.name, str(error), isinstance(error, EmptyPageError)))
            else:
                _count(loaded, origin, counts)
                waiting.extend(new)
            if len(waiting) >= _BATCH:
                loaded.changes += await self._save(waiting)
            progress(origin)
        if waiting:
            loaded.changes += await self._save(waiting)
        return loaded

    async def _save(self, waiting: list[tuple[PageKey, Sequence[Digest]]]) -> EntryChanges:
        changes = await self._store.digests.save_pages(waiting, self._clock.now())
        waiting.clear()
        return changes

    async def _page(self, origin: Origin) -> tuple[_Counts, list[tuple[PageKey, Sequence[Digest]]]]:
        """What the page holds, and what of it is to be saved: nothing, when it is unchanged."""
        known = await self._store.digests.get_page(origin.uri)
        fetched = await self._fetcher.read(origin, *((known.etag, known.last_modified) if known else ()))
        if fetched.raw is None and known:
            return _Counts(**known.entry_counts), []
        raw = fetched.raw or b""
        mark = f"{_READER}:{fingerprint(raw)}"
        if known and known.fingerprint == mark:
            return await self._unchanged(origin, known, fetched), []
        page = parse_page(decode(raw))
        counts = _counts(page)
        key = PageKey(origin.uri, mark, asdict(counts), fetched.etag, fetched.last_modified)
        return counts, [(key, page.digests)]

    async def _unchanged(self, origin: Origin, known: PageRecord, fetched: Fetched) -> _Counts:
        if (known.etag, known.last_modified) != (fetched.etag, fetched.last_modified):
            await self._store.digests.save_validators(origin.uri, fetched.etag, fetched.last_modified)
        return _Counts(**known.entry_counts)


def _counts(page: Page) -> _Counts:
    entries = [entry for digest in page.digests for entry in digest.entries]
    return _Counts(
        [_name(digest) for digest in page.digests],
        len(entries),
        sorted({entry.paper.arxiv_id for entry in entries}),
        sum(bool(entry.summary.flags) for entry in entries),
        [f"{problem}; the rest of the page was loaded" for problem in page.problems],
    )


def _name(digest: Digest) -> list[str]:
    return [digest.topic, digest.date.isoformat()]


def _count(loaded: Loaded, origin: Origin, counts: _Counts) -> None:
    loaded.digests.update((topic, day) for topic, day in counts.digests)
    loaded.entries += counts.entries
    loaded.papers.update(counts.papers)
    loaded.flagged += counts.flagged
    loaded.skipped.extend(Skipped(origin.name, problem) for problem in counts.problems)
