"""Publishes posts of announcement channels to the channels that follow them.

Discord lets ten an hour be published in a channel. So each is kept in the database until it is, whatever becomes of the
process meanwhile. To publish one twice does no harm: Discord says that it was published already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import discord
import structlog

from digestbot.core.ports import Clock
from digestbot.domain.subscription import Address
from digestbot.errors import StoreError
from digestbot.i18n import translate
from digestbot.platforms.discord import errors
from digestbot.store.deliveries.publications import Publication, PublicationStore

_LEASE = timedelta(seconds=60)
"""How long one is tried for; whoever is killed meanwhile leaves it to be tried again after that."""
_REQUEST_SECONDS = 45.0
_FIRST_WAIT, _LONGEST_WAIT, _MAX_DOUBLINGS = timedelta(seconds=10), timedelta(hours=1), 20
_MAX_AGE = timedelta(hours=24)
"""How long it is tried: by then there is another digest."""
_AT_ONCE = 20
_POLL_SECONDS = 1.0
"""How often it looks whether something may be published by now, as long as anything is left."""
_NOT_AN_ANNOUNCEMENT_CODES = (50024, 50008)
_log = structlog.get_logger(__name__)
_Reporter = Callable[[Address, str], Awaitable[None]]


class Publisher:
    """Publishes what is kept in the store, as long as there is something.

    ``acquire_slot`` waits for a request's turn; ``report`` tells the moderator of an address why something was not
    published.
    """

    def __init__(
        self,
        client: discord.Client,
        store: PublicationStore,
        clock: Clock,
        platform: str,
        *,
        acquire_slot: Callable[[], Awaitable[None]],
        report: _Reporter,
    ) -> None:
        self._client = client
        self._store = store
        self._clock = clock
        self._platform = platform
        self._acquire_slot = acquire_slot
        self._report = report
        self._was_added = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._in_work: set[asyncio.Task[None]] = set()

    async def add(self, address: Address, message_id: int) -> None:
        """Keep a post to be published, beside the delivery. Raises :class:`StoreError`."""
        await self._store.add(address, str(message_id), self._clock.now())
        self._was_added.set()
        self.start()

    def start(self) -> None:
        """Publish what is kept, until nothing is left."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def stop(self, seconds: float) -> None:
        """Give what is being published some time, and leave the rest to the next start."""
        task = self._task
        if task:
            await asyncio.wait([task], timeout=seconds)
            unfinished = [task, *self._in_work]
            for one in unfinished:
                one.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _run(self) -> None:
        self._was_added.set()
        while await self._is_anything_left() or self._was_added.is_set():
            self._was_added.clear()
            await self._publish_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._was_added.wait()

    async def _is_anything_left(self) -> bool:
        try:
            return await self._store.has_any(self._platform)
        except StoreError:
            return True

    async def _publish_due(self) -> None:
        """Begin to publish what may be now, each by itself: one channel's wait is no other's."""
        try:
            now, room = self._clock.now(), _AT_ONCE - len(self._in_work)
            for publication in await self._store.claim(self._platform, now, _LEASE, room):
                task = asyncio.create_task(self._publish_or_log(publication))
                self._in_work.add(task)
                task.add_done_callback(self._end_work)
        except StoreError as error:
            _log.error("publishing_failed", platform=self._platform, reason=str(error))

    def _end_work(self, task: asyncio.Task[None]) -> None:
        self._in_work.discard(task)
        self._was_added.set()

    async def _publish_or_log(self, publication: Publication) -> None:
        try:
            await self._publish(publication)
        except StoreError as error:  # it is tried again after its lease
            _log.error("publishing_failed", platform=self._platform, reason=str(error))

    async def _publish(self, publication: Publication) -> None:
        """Publish one, and forget it or put it off."""
        await self._acquire_slot()
        channel = self._client.get_partial_messageable(int(publication.address.thread))
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                await channel.get_partial_message(int(publication.message)).publish()
        except discord.RateLimited as error:
            await self._put_off(publication, timedelta(seconds=error.retry_after), errors.describe_error(error))
        except discord.HTTPException as error:
            await self._handle_error(publication, error)
        except errors.CONNECTION_ERRORS as error:
            await self._put_off(publication, _wait_after(publication), errors.describe_error(error))
        else:
            await self._store.remove(publication)

    async def _handle_error(self, publication: Publication, error: discord.HTTPException) -> None:
        if errors.is_already_published(error):
            await self._store.remove(publication)
        elif not errors.is_answer_of_discord(error) and error.status != 403:
            await self._put_off(publication, _wait_after(publication), errors.describe_error(error))
        else:
            await self._give_up(publication, errors.describe_error(error), _explain_refusal(error))

    async def _put_off(self, publication: Publication, wait: timedelta, reason: str) -> None:
        at = self._clock.now() + wait
        if at > publication.created_at + _MAX_AGE:
            told = translate("en", "reason.discord_says", words=reason)
            await self._give_up(publication, reason, told)
        else:
            await self._store.postpone(publication, at)

    async def _give_up(self, publication: Publication, reason: str, told: str) -> None:
        """Forget one; the moderator is told why unless somebody deleted the post."""
        _log.warning("discord_not_published", channel=publication.address.thread, reason=reason)
        await self._store.remove(publication)
        if told:
            await self._report(publication.address, translate("en", "reason.not_published", reason=told))


def _wait_after(publication: Publication) -> timedelta:
    """How long to wait after a failure: longer each time."""
    wait: timedelta = _FIRST_WAIT * 2 ** min(publication.attempt - 1, _MAX_DOUBLINGS)
    return min(wait, _LONGEST_WAIT)


def _explain_refusal(error: discord.HTTPException) -> str:
    """Why Discord does not publish a post; empty where the post is there no more."""
    if errors.is_unknown_message(error) or errors.is_channel_gone(error):
        return ""
    if error.code in _NOT_AN_ANNOUNCEMENT_CODES:
        return translate("en", "reason.not_an_announcement_channel")
    return errors.explain_error(error)
