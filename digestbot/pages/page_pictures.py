"""Pictures beside a page: on the web by its address, in a folder as files that the bot then serves itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urljoin

from digestbot.domain.digest import Figure
from digestbot.figures.folder import FigureFolder
from digestbot.figures.formats import MAX_PICTURE_BYTES, find_picture_suffix

PictureLocator = Callable[[str], str]
"""Gives the whole address of what a page names as a picture; what cannot be located stays as it is."""
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def locate_beside_address(address: str) -> PictureLocator:
    """For a page on the web."""
    return partial(_join_address, address)


def _join_address(address: str, name: str) -> str:
    with suppress(ValueError):  # an address that cannot be read
        return urljoin(address, name) if name and address.startswith("http") else name
    return name


@dataclass(frozen=True, slots=True)
class _PictureFile:
    content: bytes
    caption: str = ""


class PictureFiles:
    """The pictures in a page's own folder and below it, saved where the bot serves them.

    ``hidden`` counts those that nobody could see, since the bot has no public address; ``missing`` are the names
    of those that are not there, lie outside the folder, or are no pictures.
    """

    def __init__(self, page: Path, folder: FigureFolder | None) -> None:
        self._root = page.resolve().parent
        self._folder = folder
        self.hidden = 0
        self.missing: list[str] = []

    def locate(self, name: str) -> str:
        """The address of a picture beside the page; the name as it is where there is none."""
        if not name or _HAS_SCHEME.match(name):
            return name
        if not (content := self._read_picture(name)):
            self.missing.append(name)
            return name
        saved = self._save_picture(content)
        self.hidden += not saved
        return saved[0].url if saved else name

    def _save_picture(self, content: bytes) -> tuple[Figure, ...]:
        return self._folder.save_figures([_PictureFile(content)]) if self._folder else ()

    def _read_picture(self, name: str) -> bytes:
        """The file, if it is a picture in this folder: a page is not to show what else is on this machine."""
        try:
            path = (self._root / unquote(name)).resolve()
            if not path.is_relative_to(self._root) or not path.is_file() or path.stat().st_size > MAX_PICTURE_BYTES:
                return b""
            content = path.read_bytes()
        except (
            OSError,
            ValueError,
            RuntimeError,
        ):  # a name that is none; Python 3.11 raises the last for a loop of links
            return b""
        return content if find_picture_suffix(content) else b""
