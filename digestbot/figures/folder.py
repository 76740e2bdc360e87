"""Pictures that the bot serves itself: stored as files named by their content, for the web server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import structlog

from digestbot.domain.digest import Figure
from digestbot.figures.formats import find_picture_suffix

_log = structlog.get_logger(__name__)
_PICTURE_NAME = re.compile(r"[0-9a-f]{40}\.(?:png|jpg|gif|webp)")


class Picture(Protocol):
    """A picture's file and its caption."""

    @property
    def content(self) -> bytes:
        """The file."""

    @property
    def caption(self) -> str:
        """What it shows; may be empty."""


class FigureFolder:
    """A folder of figures. ``public_url`` is the bot's public URL, without which nobody could see them."""

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder, self._public_url = folder, public_url.rstrip("/")

    @property
    def is_public(self) -> bool:
        """Whether what is saved can be seen."""
        return bool(self._public_url)

    def save_figures(self, pictures: Sequence[Picture]) -> tuple[Figure, ...]:
        """Save pictures without duplicates; the figures that could be saved."""
        if not self.is_public:
            return ()
        try:
            return tuple(self._save_figure(picture) for picture in pictures)
        except OSError as error:  # the entry is published without its pictures
            _log.error("figures_not_saved", folder=str(self._folder), reason=error.strerror)
            return ()

    def _save_figure(self, picture: Picture) -> Figure:
        name = f"{sha256(picture.content).hexdigest()[:40]}{find_picture_suffix(picture.content) or '.png'}"
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".new")
            unfinished.write_bytes(picture.content)
            unfinished.replace(path)
        return Figure(f"{self._public_url}/figures/{name}", (), picture.caption)


def is_figure_name(name: str) -> bool:
    """Whether a file name is one that this folder creates, and never a path."""
    return _PICTURE_NAME.fullmatch(name) is not None
