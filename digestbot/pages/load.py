"""Load pages into the store: each completely or not at all, and unchanged ones without parsing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import timedelta
from typing import Any

import structlog

from digestbot.core.ports import Clock
from digestbot.domain.calendar import find_today
from digestbot.domain.digest import Digest
from digestbot.errors import EmptyPageError, NotDigestError, PageError
from digestbot.figures.folder import FigureFolder
from digestbot.pages.downloaded import parse_downloaded_page
from digestbot.pages.fetch import FetchResult, PageFetcher, PageLocation, compute_fingerprint
from digestbot.pages.markdown import ParsedPage, decode_page, parse_page
from digestbot.pages.page_pictures import PictureFiles, PictureLocator
from digestbot.store import Store
from digestbot.store.digests.digest_writer import EntryChanges, PageKey
from digestbot.store.digests.digests import PageRecord

_log = structlog.get_logger(__name__)
_BATCH_SIZE = 16
"""Pages per transaction: with one page each, loading takes about 1.5 times as long (measured)."""
_MAX_PICTURE_NAME = 200
_READER_VERSION = "7"
"""Part of a page's fingerprint; increase it to have pages read again after the parser improved."""


@dataclass(frozen=True, slots=True)
class SkippedPage:
    """A page or entry that was not loaded. ``is_harmless`` means that there was nothing to load.

    A file that is no digest page is harmless beside pages that were loaded.
    """

    page: str
    reason: str
    is_harmless: bool = False
    is_digest: bool = True

    @property
    def kind(self) -> str:
        """What it is in a word or two: ``empty``, ``skipped`` or ``not a digest``."""
        if self.is_harmless:
            return "empty"
        return "skipped" if self.is_digest else "not a digest"


@dataclass(slots=True)
class LoadResult:
    """The contents of the pages, new or not, and the changes made in the store."""

    page_count: int = 0
    digest_keys: set[tuple[str, str]] = field(default_factory=set)
    entry_count: int = 0
    arxiv_ids: set[str] = field(default_factory=set)
    flagged_count: int = 0
    hidden_picture_count: int = 0
    missing_pictures: list[str] = field(default_factory=list)
    skipped_pages: list[SkippedPage] = field(default_factory=list)
    changes: EntryChanges = field(default_factory=EntryChanges)

    @property
    def is_ok(self) -> bool:
        """Whether everything that should have been loaded was loaded."""
        return all(
            skipped.is_harmless or (self.digest_keys and not skipped.is_digest) for skipped in self.skipped_pages
        )

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON for scripts."""
        return {
            "pages": self.page_count,
            "digests": len(self.digest_keys),
            "entries": self.entry_count,
            "papers": len(self.arxiv_ids),
            "skipped": [
                {"page": skipped.page, "kind": skipped.kind, "reason": skipped.reason} for skipped in self.skipped_pages
            ],
            "flagged": self.flagged_count,
            "hidden_pictures": self.hidden_picture_count,
            "missing_pictures": self.missing_pictures,
        }


@dataclass(frozen=True, slots=True)
class _PageCounts:
    """The counts of one page; stored with it, so that unchanged pages are counted without being parsed."""

    digests: list[list[str]]
    entries: int
    papers: list[str]
    flagged: int
    problems: list[str]
    hidden_pictures: int
    missing_pictures: list[str]


class PageLoader:
    """Loads pages one after another.

    Digests dated more than ``max_future_days`` after today are refused: with a slip in the year, a digest would be its
    topic's newest for a year. ``figures`` is where the bot serves the pictures that stand beside a page in a folder.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        fetcher: PageFetcher,
        *,
        max_future_days: int = 1,
        figures: FigureFolder | None = None,
    ) -> None:
        self._store = store
        self._figures = figures
        self._clock = clock
        self._fetcher = fetcher
        self._max_future = timedelta(days=max_future_days)

    async def load(self, locations: Sequence[PageLocation], on_progress: Callable[[PageLocation], None]) -> LoadResult:
        """Load the pages, in batches; ``on_progress`` is called after each page."""
        result = LoadResult()
        pending: list[tuple[PageKey, Sequence[Digest]]] = []
        for location in locations:
            result.page_count += 1
            try:
                counts, changed_digests = await self._load_page(location)
            except PageError as error:
                result.skipped_pages.append(
                    SkippedPage(
                        location.display_name,
                        str(error),
                        is_harmless=isinstance(error, EmptyPageError),
                        is_digest=not isinstance(error, NotDigestError),
                    )
                )
            else:
                _add_counts(result, location, counts)
                pending.extend(changed_digests)
            if len(pending) >= _BATCH_SIZE:
                result.changes += await self._save_pending(pending)
            on_progress(location)
        if pending:
            result.changes += await self._save_pending(pending)
        return result

    async def _save_pending(self, pending: list[tuple[PageKey, Sequence[Digest]]]) -> EntryChanges:
        changes = await self._store.digests.save_pages(pending, self._clock.now())
        pending.clear()
        return changes

    async def _load_page(self, location: PageLocation) -> tuple[_PageCounts, list[tuple[PageKey, Sequence[Digest]]]]:
        """The page's contents and what to save of it: nothing if it is unchanged."""
        stored = await self._store.digests.get_page(location.uri)
        if stored and not _has_counts(stored):  # whatever happened to them: the page is read anew
            stored = None
        fetched = await self._fetcher.fetch(location, *((stored.etag, stored.last_modified) if stored else ()))
        if fetched.raw is None and stored:
            return _PageCounts(**stored.entry_counts), []
        raw = fetched.raw or b""
        page_fingerprint = f"{_READER_VERSION}:{compute_fingerprint(raw)}"
        if stored and stored.fingerprint == page_fingerprint:
            return await self._load_unchanged(location, stored, fetched), []
        parsed, hidden_pictures, missing_pictures = await self._parse(raw, location)
        page = self._refuse_future(parsed)
        counts = _count_page(page, hidden_pictures, missing_pictures)
        key = PageKey(location.uri, page_fingerprint, asdict(counts), fetched.etag, fetched.last_modified)
        if page != parsed or hidden_pictures or missing_pictures:
            # to be read again, even if it is unchanged: when the day, the address or the picture is there
            key = PageKey(location.uri, "", asdict(counts))
        return counts, [(key, page.digests)]

    async def _parse(self, raw: bytes, location: PageLocation) -> tuple[ParsedPage, int, list[str]]:
        """The page, how many pictures beside it nobody can see, and the names of those that are not there."""
        if not location.path:
            return await parse_downloaded_page(raw, location.uri), 0, []
        pictures = PictureFiles(location.path, self._figures)
        return _parse_file(raw, pictures.locate), pictures.hidden, pictures.missing

    def _refuse_future(self, page: ParsedPage) -> ParsedPage:
        """The page without digests of the future. Raises :class:`PageError` if all of them are."""
        last = find_today(self._clock.now()) + self._max_future
        problems = [
            PageError(
                f"the digest of {digest.date} is dated in the future: correct its date, "
                f"or allow it with DIGESTBOT_MAX_FUTURE_DAYS"
            )
            for digest in page.digests
            if digest.date > last
        ]
        if len(problems) == len(page.digests):
            raise problems[0]
        allowed = tuple(digest for digest in page.digests if digest.date <= last)
        return replace(page, digests=allowed, problems=(*page.problems, *problems)) if problems else page

    async def _load_unchanged(self, location: PageLocation, stored: PageRecord, fetched: FetchResult) -> _PageCounts:
        if (stored.etag, stored.last_modified) != (fetched.etag, fetched.last_modified):
            await self._store.digests.save_validators(location.uri, fetched.etag, fetched.last_modified)
        return _PageCounts(**stored.entry_counts)


def _has_counts(stored: PageRecord) -> bool:
    return stored.entry_counts.keys() == {field.name for field in fields(_PageCounts)}


def _count_page(page: ParsedPage, hidden_pictures: int, missing_pictures: list[str]) -> _PageCounts:
    entries = [entry for digest in page.digests for entry in digest.entries]
    return _PageCounts(
        [_to_digest_key(digest) for digest in page.digests],
        len(entries),
        sorted({entry.paper.arxiv_id for entry in entries}),
        sum(bool(entry.summary.flags) for entry in entries),
        [f"{problem}; the rest of the page was loaded" for problem in page.problems],
        hidden_pictures,
        [name[:_MAX_PICTURE_NAME] for name in dict.fromkeys(missing_pictures)],
    )


def _to_digest_key(digest: Digest) -> list[str]:
    return [digest.topic, digest.date.isoformat()]


def _parse_file(raw: bytes, locate_picture: PictureLocator) -> ParsedPage:
    """Parse a page. Raises :class:`PageError`, also for a fault of the parser: the other pages are loaded."""
    try:
        return parse_page(decode_page(raw), locate_picture=locate_picture)
    except PageError:
        raise
    except Exception as error:
        _log.exception("page_not_parsed")
        raise PageError(f"cannot be read ({type(error).__name__}): please report it with the page") from error


def _add_counts(result: LoadResult, location: PageLocation, counts: _PageCounts) -> None:
    result.digest_keys.update((topic, day) for topic, day in counts.digests)
    result.entry_count += counts.entries
    result.arxiv_ids.update(counts.papers)
    result.flagged_count += counts.flagged
    result.hidden_picture_count += counts.hidden_pictures
    result.missing_pictures.extend(f"{location.display_name}: {name}" for name in counts.missing_pictures)
    result.skipped_pages.extend(SkippedPage(location.display_name, problem) for problem in counts.problems)
