"""Publishes built digests like loaded ones: into the store, and as pages into a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import structlog

from digestbot.builder.build_digest import BuildResult
from digestbot.core.ports import Clock
from digestbot.domain.digest import Digest
from digestbot.errors import SourceError
from digestbot.store import Store
from digestbot.store.digests.digest_writer import PageKey

PageWriter = Callable[[Digest], str]
_log = structlog.get_logger(__name__)


class DigestPublisher:
    """Publishes digests; ``write`` formats one as a page, and ``folder`` is where pages go, if anywhere."""

    def __init__(self, store: Store, clock: Clock, write: PageWriter, folder: Path | None = None) -> None:
        self._store, self._clock = store, clock
        self._write, self._folder = write, folder

    async def publish(self, result: BuildResult) -> None:
        """Publish a digest, so that it gets delivered. Repeating this changes nothing."""
        slug, digest = result.spec.topic.slug, result.digest
        if digest:
            page = self._write(digest)
            counts = {"entries": len(digest.entries)}
            key = PageKey(f"digestbot:build/{slug}/{result.day}", sha256(page.encode()).hexdigest(), counts)
            await self._store.digests.define_topics([result.spec.topic])
            await self._store.digests.save_pages([(key, [digest])], self._clock.now())
            if self._folder:
                await asyncio.to_thread(self._write_page, self._folder / result.day.isoformat() / f"{slug}.md", page)
            _log.info("digest_published", topic=slug, date=result.day.isoformat(), papers=len(result.entries))
        await self._store.builds.mark_finished(slug, result.day, len(result.entries), self._clock.now())

    @staticmethod
    def _write_page(path: Path, page: str) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".new")
            unfinished.write_text(page, "utf-8")
            unfinished.replace(path)
        except OSError as error:
            raise SourceError(f"{path}: the page cannot be written: {error.strerror}") from None
