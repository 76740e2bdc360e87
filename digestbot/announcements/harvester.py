"""Harvests arXiv's announcements: each day's listings say what there is, and OAI-PMH gives it.

A day is complete when every paper that the listings count is there. Until then it is tried again, and goes on where it
was, also after a kill: listings that were read are kept, and papers are stored page by page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import structlog

from digestbot.announcements.listing_client import Listing, ListingClient, UnreadableListingError
from digestbot.announcements.paper_source import MAX_SINGLE_RECORDS, PaperSource, to_announced
from digestbot.announcements.progress import DayProgress, join_reasons
from digestbot.builder.candidates import Candidate
from digestbot.builder.sources.polite_client import NotFoundError
from digestbot.core.alerts import AdminAlerts
from digestbot.core.ports import Clock
from digestbot.domain.arxiv.announcement import MISSED_DAYS, AnnouncementDay, DayState
from digestbot.domain.arxiv.announcement_calendar import find_due_time, find_newest_day, is_likely_free, list_days
from digestbot.domain.arxiv.archives import ARCHIVES
from digestbot.errors import DigestbotError, SourceError, StoreError
from digestbot.store.announcements.announcements import AnnouncementStore

DayMatcher = Callable[[date, datetime], Awaitable[int]]
"""Matches a complete day's papers against all follows, as of now; the number of digests that it wrote."""
PREVIEW_DAYS = timedelta(days=7)
"""How far back the first start goes, so that there is something to show before a follow is kept."""
LATE_AFTER = timedelta(hours=5)
"""How long after its time a day that is not there is nothing unusual."""
_LOOK_UP_AFTER = timedelta(hours=2)
"""How long OAI-PMH is waited for, before its gaps are filled paper by paper."""
_TRUST_EMPTY_AFTER = timedelta(hours=2)
"""After how long a listing without a paper is believed: for some minutes, replicas of arXiv's database have none."""
_GONE_AFTER = timedelta(hours=24)
"""After how long a paper that is listed and cannot be had counts as deleted."""
_FEW_PAPERS = 400
"""So many gaps, one request, are filled at once."""
_MAX_STALE = 3
"""The listings of so many archives are still of the day before: then those of the others are not asked for."""
_QUIET_ARCHIVES = 2
"""The largest archives of which a day without announcement has no paper."""
_WAITS = (
    (timedelta(hours=6), timedelta(minutes=20)),
    (timedelta(hours=24), timedelta(hours=1)),
    (timedelta.max, timedelta(hours=3)),
)
"""Up to which age of a day how long to wait between two tries."""
_POLL_SECONDS = 30.0
_MAX_STORE_WAIT_SECONDS = 1200.0
"""How long at most to wait for a database that does not answer."""
_NEVER = datetime.fromtimestamp(0, UTC)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HarvestPolicy:
    """What is harvested, and how long it is kept."""

    archives: Sequence[str] = ARCHIVES
    retention: timedelta = timedelta(days=400)


class AnnouncementHarvester:
    """Checks which days are due, and harvests them."""

    def __init__(
        self,
        store: AnnouncementStore,
        listings: ListingClient,
        papers: PaperSource,
        clock: Clock,
        policy: HarvestPolicy = HarvestPolicy(),
        *,
        match_day: DayMatcher | None = None,
        alerts: AdminAlerts | None = None,
    ) -> None:
        self._store, self._listings, self._papers, self._clock = store, listings, papers, clock
        self._policy, self._match_day, self._alerts = policy, match_day, alerts
        self._match_not_before = _NEVER
        self._forgot_on: date | None = None

    async def run(self, poll_seconds: float = _POLL_SECONDS) -> None:
        """Run until cancelled. Where the database is away, each wait is longer than the one before."""
        wait = poll_seconds
        while True:
            try:
                await self.harvest_due()
                wait = poll_seconds
            except StoreError as error:
                wait = min(2 * wait, _MAX_STORE_WAIT_SECONDS)
                _log.error("harvest_failed", reason=str(error), again_in_seconds=wait)
            await asyncio.sleep(wait)

    async def harvest_due(self) -> int:
        """Harvest what is due, the newest day first; the number of days that are settled now.

        Raises :class:`~digestbot.errors.StoreError`.
        """
        await self._match_complete_days()
        newest, count = find_newest_day(self._clock.now()), 0
        for is_newest in (True, False):
            due = [day for day in await self._list_due_days() if (day == newest) is is_newest]
            if due:
                count += await self._harvest_days(due)
                await self._match_complete_days()
        await self._forget_old_papers()
        return count

    async def _list_due_days(self) -> list[date]:
        now = self._clock.now()
        newest = find_newest_day(now)
        known = {day.day: day for day in await self._store.list_days()}
        if not known:
            known = await self._plan_first_days(newest)
        first = max(min(known), newest - MISSED_DAYS)
        return [day for day in list_days(first, newest) if _is_due(day, known.get(day), now)]

    async def _plan_first_days(self, newest: date) -> dict[date, AnnouncementDay]:
        """The days of the first start: kept, so that a kill does not make the newest of them the only one.

        Only the newest is matched: the others are there to show, and nobody missed them.
        """
        now, days = self._clock.now(), list_days(newest - PREVIEW_DAYS + timedelta(days=1), newest)
        planned = [
            AnnouncementDay(day, DayState.OPEN, _NEVER, matched_at=None if day == newest else now) for day in days
        ]
        await self._store.save_first_days(planned)
        return {day.day: day for day in planned}

    async def _harvest_days(self, days: Sequence[date]) -> int:
        try:
            return await self._try_days(days)
        except StoreError as error:
            _log.error("harvest_failed", days=list(map(str, days)), reason=str(error))
            return await self._settle_failed(days, waiting=[f"what was found cannot be stored: {error}"])
        except Exception as error:  # noqa: BLE001  # ours: it must stop nothing else
            _log.exception("harvest_failed", days=list(map(str, days)))
            reason = f"a bug ({type(error).__name__}): please report it, the log has the rest"
            return await self._settle_failed(days, broken=[reason])

    async def _settle_failed(
        self, days: Sequence[date], *, waiting: Sequence[str] = (), broken: Sequence[str] = ()
    ) -> int:
        """Note why days could not be harvested, so that they wait for their next try; what was read of them stays."""
        count = 0
        for day in days:
            kept = await self._load_progress(day)
            count += await self._settle(replace(kept, waiting=list(waiting), broken=list(broken)))
        return count

    async def _load_progress(self, day: date) -> DayProgress:
        progress = DayProgress.from_json(day, await self._store.get_progress(str(day)))
        progress.stored = await self._store.list_arxiv_ids(day)
        return progress

    async def _try_days(self, days: Sequence[date]) -> int:
        archives = await self._list_archives()
        tried = [await self._load_progress(day) for day in days]
        for progress in tried:
            await self._read_listings(progress, archives)
        await self._fetch_papers(tried, archives)
        return sum([await self._settle(progress, archives) for progress in tried])

    async def _list_archives(self) -> list[str]:
        followed = await self._store.list_followed_archives()
        return [name for name in ARCHIVES if name in self._policy.archives or name in followed]

    # -- what there is --------------------------------------------------------------------------------------------

    async def _read_listings(self, progress: DayProgress, archives: Sequence[str]) -> None:
        """Read the listings that were not read yet, as far as that makes sense now."""
        stale = 0
        for archive in archives:
            if archive in progress.listed:
                continue
            if (stale >= _MAX_STALE and not progress.listed) or self._is_quiet(progress):
                return
            try:
                listing = await self._fetch_listing(archive, progress.day)
            except (UnreadableListingError, NotFoundError) as error:
                progress.broken.append(str(error))
            except SourceError as error:
                progress.waiting.append(str(error))
                return  # the other listings are on the same host
            else:
                stale += not await self._take_listing(progress, archive, listing)

    async def _fetch_listing(self, archive: str, day: date) -> Listing:
        if day == find_newest_day(self._clock.now()):
            listing = await self._listings.fetch_newest(archive)
            if listing.day <= day:
                return listing
        return await self._listings.fetch_day(archive, day)

    async def _take_listing(self, progress: DayProgress, archive: str, listing: Listing) -> bool:
        """Keep a listing that can be relied on; whether it is of the day."""
        if listing.day < progress.day:
            progress.waiting.append(f"arXiv's newest listing of {archive} is of {listing.day}")
        elif not listing.kinds and self._find_age(progress.day) < _TRUST_EMPTY_AFTER:
            progress.waiting.append(f"arXiv's listing of {archive} has no paper yet")
        else:
            progress.listed[archive] = listing.kinds
            await self._store.save_progress(str(progress.day), progress.to_json())
        return listing.day >= progress.day

    def _is_quiet(self, progress: DayProgress) -> bool:
        """Whether a day that is over had no announcement: the largest archives have no paper of it."""
        is_over = progress.day < find_newest_day(self._clock.now())
        return is_over and progress.is_empty and len(progress.listed) >= _QUIET_ARCHIVES

    # -- what it is -----------------------------------------------------------------------------------------------

    async def _fetch_papers(self, tried: Sequence[DayProgress], archives: Sequence[str]) -> None:
        """Fetch what is missing: all at once first, then paper by paper what is left."""
        is_read = False
        if self._papers.has_list and _find_missing(tried):
            is_read = await self._harvest_list(tried, archives)
        missing = _find_missing(tried)
        age = self._find_age(max(progress.day for progress in tried))
        is_few = is_read and len(missing) <= _FEW_PAPERS
        if missing and (is_few or age >= _LOOK_UP_AFTER or not self._papers.has_list):
            await self._look_up(tried, sorted(missing))

    async def _harvest_list(self, tried: Sequence[DayProgress], archives: Sequence[str]) -> bool:
        """Go through what was touched since the first of the days; whether that was read to its end."""
        first = min(progress.day for progress in tried if progress.missing)
        try:
            async for page in self._papers.iter_touched(archives, first, _find_missing(tried)):
                await self._save(tried, page)
        except SourceError as error:
            _note_problem(tried, str(error))
            return False
        return True

    async def _look_up(self, tried: Sequence[DayProgress], missing: Sequence[str]) -> None:
        try:
            await self._save(tried, await self._papers.look_up(missing))
            left = sorted(_find_missing(tried))
            is_answered = not self._papers.has_lookup or len(left) < len(missing)
            if self._papers.has_list and (is_answered or len(left) <= MAX_SINGLE_RECORDS):
                await self._fetch_single_records(tried, left[:MAX_SINGLE_RECORDS])
        except SourceError as error:
            _note_problem(tried, str(error))

    async def _fetch_single_records(self, tried: Sequence[DayProgress], missing: Sequence[str]) -> None:
        for arxiv_id in missing:
            candidate = await self._papers.fetch_record(arxiv_id)
            if candidate:
                await self._save(tried, [candidate])
                continue
            for progress in tried:
                if arxiv_id in progress.missing and self._find_age(progress.day) >= _GONE_AFTER:
                    progress.gone.add(arxiv_id)
                    _log.warning("announced_paper_not_found", paper=arxiv_id, day=str(progress.day))

    async def _save(self, tried: Sequence[DayProgress], candidates: Sequence[Candidate]) -> None:
        """Store those of the papers that the days announced."""
        for progress in tried:
            kinds, missing = progress.kinds, progress.missing
            found = [candidate for candidate in candidates if candidate.paper.arxiv_id in missing]
            announced = [to_announced(candidate, kinds[candidate.paper.arxiv_id]) for candidate in found]
            if announced:
                await self._store.save_papers(progress.day, announced)
                progress.stored.update(item.paper.arxiv_id for item in announced)

    # -- what comes of it -----------------------------------------------------------------------------------------

    async def _settle(self, progress: DayProgress, archives: Sequence[str] = ()) -> bool:
        """Note how far a day is, and tell who should know; whether it is settled."""
        now, before = self._clock.now(), await self._store.get_day(progress.day)
        state = self._decide_state(progress, archives)
        completed_at = now if state.is_settled else None
        problem = "" if state.is_settled else _describe_problem(progress)
        counts = progress.count_papers()
        if state is DayState.COMPLETE:
            await self._store.update_kinds(progress.day, progress.kinds)
        await self._store.save_day(AnnouncementDay(progress.day, state, now, problem, counts, completed_at))
        await self._store.save_progress(str(progress.day), {} if state.is_settled else progress.to_json())
        number = len(progress.stored)
        _log.info("announcements_harvested", day=str(progress.day), state=state.value, papers=number, reason=problem)
        await self._update_alerts(progress.day, state, problem, before.state if before else DayState.OPEN)
        return state.is_settled

    def _decide_state(self, progress: DayProgress, archives: Sequence[str]) -> DayState:
        if self._is_quiet(progress):
            return DayState.QUIET
        if progress.broken:
            return DayState.BROKEN
        if archives and progress.listed.keys() >= set(archives) and not progress.missing:
            return DayState.QUIET if progress.is_empty else DayState.COMPLETE
        is_late = self._find_age(progress.day) >= LATE_AFTER
        is_free = is_likely_free(progress.day) and not progress.listed
        return DayState.LATE if is_late and not is_free else DayState.OPEN

    async def _update_alerts(self, day: date, state: DayState, problem: str, before: DayState) -> None:
        """Tell the admin of a day that is late or broken: for the latter, only when a second try found the same."""
        if self._alerts is None:
            return
        for kind in (DayState.LATE, DayState.BROKEN):
            if state is not kind:
                await self._alerts.resolve(f"announcements {kind.value}", str(day))
            elif kind is DayState.LATE or before is kind:
                words = "are late" if kind is DayState.LATE else "cannot be read"
                reason = f"arXiv's announcements of {day} {words}: {problem}"
                await self._alerts.open(f"announcements {kind.value}", reason, str(day))

    async def _match_complete_days(self) -> None:
        """Match what is complete and was not matched yet, also before a kill."""
        now = self._clock.now()
        if self._match_day is None or now < self._match_not_before:
            return
        for day in await self._store.list_unmatched_days():
            try:
                count = await self._match_day(day, now)
            except Exception as error:  # noqa: BLE001  # ours: harvesting goes on
                self._match_not_before = now + _WAITS[0][1]
                reason = str(error) if isinstance(error, DigestbotError) else type(error).__name__
                _log.exception("announcements_not_matched", day=str(day), reason=reason)
                return
            _log.info("announcements_matched", day=str(day), digests=count)

    async def _forget_old_papers(self) -> None:
        """Once a day, forget what is older than anybody wants."""
        today = self._clock.now().date()
        if self._forgot_on != today:
            count = await self._store.delete_before(today - self._policy.retention)
            self._forgot_on = today
            if count:
                _log.info("old_papers_deleted", papers=count)

    def _find_age(self, day: date) -> timedelta:
        """How long ago a day was to be announced."""
        return self._clock.now() - find_due_time(day)


def _is_due(day: date, known: AnnouncementDay | None, now: datetime) -> bool:
    if known is None:
        return True
    if known.state.is_settled:
        return False
    age = now - find_due_time(day)
    wait = next(wait for most, wait in _WAITS if age < most)
    return not timedelta(0) <= now - known.tried_at < wait  # the clock may have been set back


def _find_missing(tried: Sequence[DayProgress]) -> set[str]:
    return set().union(*(progress.missing for progress in tried))


def _note_problem(tried: Sequence[DayProgress], problem: str) -> None:
    """Note a problem for the days that lack something because of it."""
    for progress in tried:
        if progress.missing:
            progress.waiting.append(problem)


def _describe_problem(progress: DayProgress) -> str:
    missing = len(progress.missing)
    gaps = [f"{missing} of {len(progress.kinds)} listed papers are missing"] if missing else []
    return join_reasons((*progress.broken, *gaps, *progress.waiting))
