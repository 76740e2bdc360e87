"""Fallbacks for figures that Telegram cannot fetch: mirrors in order, then an upload, then none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from digestbot.domain.digest import Figure
from digestbot.figures.downloads import FigureDownloader


class PhotoSet:
    """The figures of one message, and how they are shown: what one sending learns, the next ones know.

    ``step`` 0 shows each by its own address, 1 by its first mirror, and so on; the step after the last mirror, by what
    was uploaded; and the one after that, not at all.
    """

    __slots__ = ("_downloader", "_figures", "_upload_step", "content", "file_ids", "lock", "step")

    def __init__(self, figures: Sequence[Figure], downloader: FigureDownloader) -> None:
        self._figures = figures
        self._downloader = downloader
        self._upload_step = 1 + max((len(figure.mirrors) for figure in figures), default=0)
        self.step = 0
        self.content: dict[str, bytes] = {}
        self.file_ids: dict[str, str] = {}
        self.lock = asyncio.Lock()

    @property
    def is_uploading(self) -> bool:
        """Whether the next message uploads the files: one message at a time, so that the others reuse them."""
        return self.shows_uploads and not self.file_ids

    @property
    def shows_uploads(self) -> bool:
        """Whether the figures are shown from an upload."""
        return self.step == self._upload_step

    @property
    def step_count(self) -> int:
        """The number of fallback steps."""
        return self._upload_step + 2

    def is_upload_refused(self, step: int) -> bool:
        """Whether a refusal at this step may be about the upload itself, whatever the server says."""
        return step >= self._upload_step

    @property
    def figures(self) -> Sequence[Figure]:
        """The figures that are shown now, in order."""
        if self.shows_uploads:
            return [figure for figure in self._figures if figure.url in self.content]
        return () if self.step > self._upload_step else self._figures

    @property
    def is_exhausted(self) -> bool:
        """Whether no step is left."""
        return self.step > self._upload_step or not self._figures

    async def advance_from(self, step: int) -> None:
        """Advance from a rejected step to the next one, unless another message already did."""
        async with self.lock:
            if self.step == step:
                await self._advance()

    async def _advance(self) -> None:
        self.step += 1
        if self.shows_uploads:
            self.content = await self._downloader.fetch_all(self._figures)
            if not self.content:
                self.step += 1

    def get_rich_address(self, figure: Figure) -> str:
        """Where Telegram finds the figure in a rich message; empty to leave it out, as what is no web address is."""
        if figure not in self._figures:
            return ""
        if self.shows_uploads:
            return f"tg://photo?id={self.get_upload_name(figure)}" if figure.url in self.content else ""
        return "" if self.step > self._upload_step else self.get_web_address(figure)

    def get_web_address(self, figure: Figure) -> str:
        """The figure's web address at this step: its last one where others have more mirrors."""
        addresses = (figure.url, *figure.mirrors)
        return addresses[min(self.step, len(addresses) - 1)]

    def get_upload_name(self, figure: Figure) -> str:
        """The name of the figure's upload."""
        return f"f{self._figures.index(figure)}"

    def record_file_ids(self, result: Any) -> None:  # noqa: ANN401  (the Bot API's JSON)
        """Remember the file ids of uploaded figures, so that each is uploaded once."""
        if self.is_uploading:
            ids = list(_iter_photo_ids(result))
            if len(ids) == len(self.figures):
                self.file_ids = dict(zip((figure.url for figure in self.figures), ids, strict=True))


def _iter_photo_ids(value: Any) -> Iterable[str]:  # noqa: ANN401
    """The largest size of each photo in an answer, in the order of the message."""
    if isinstance(value, list):
        for item in value:
            yield from _iter_photo_ids(item)
    elif isinstance(value, dict):
        sizes = value.get("photo")
        if isinstance(sizes, list) and sizes and isinstance(sizes[-1], dict) and "file_id" in sizes[-1]:
            yield str(sizes[-1]["file_id"])
            return
        for item in value.values():
            yield from _iter_photo_ids(item)
