"""Files that people send: how they are called, how much of them is read, and the command that one alone means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from digestbot.cards.text import drop_control_characters
from digestbot.core.ports import IncomingDocument
from digestbot.errors import DocumentError
from digestbot.late_patterns import compile_late

MAX_DOCUMENT_BYTES = 20 << 20
"""The largest file that is read: what Telegram gives a bot (core.telegram.org/bots/api#getfile)."""
_MAX_NAME = 60
_DIRECTION_MARKS = dict.fromkeys(map(ord, "\u061c\u200b\u200e\u200f\u2060\ufeff"))
_ENDING = compile_late(r"\.[A-Za-z0-9]{1,5}$")
_COMMANDS_BY_ENDING = {".bib": "import", ".bibtex": "import", ".opml": "import", ".txt": "import", ".pdf": "summarize"}
_COMMANDS_BY_TYPE = {
    "application/pdf": "summarize",
    "application/x-bibtex": "import",
    "text/x-bibtex": "import",
    "text/x-opml": "import",
    "text/x-opml+xml": "import",
    "text/plain": "import",
}
"""For files whose name has no ending."""
DocumentSource = Callable[[int], Awaitable[bytes]]
"""Gives a file, or its first so many bytes. Raises :class:`~digestbot.errors.DocumentError`."""


def build_document(name: str, media_type: str, size: int, fetch: DocumentSource) -> IncomingDocument:
    """A file as a command reads it: never more of it than allowed, whatever size the platform told."""
    shown = clean_document_name(name)
    return IncomingDocument(shown, media_type, size, partial(_read_bounded, shown, size, fetch))


async def _read_bounded(name: str, size: int, fetch: DocumentSource, max_bytes: int) -> bytes:
    limit = min(max_bytes, MAX_DOCUMENT_BYTES)
    if size > limit:
        raise build_size_error(name, limit)
    content = await fetch(limit + 1)
    if len(content) > limit:
        raise build_size_error(name, limit)
    return content


def build_size_error(name: str, limit: int) -> DocumentError:
    """That a file is larger than so many bytes."""
    return DocumentError("document_too_large", name=name, limit=limit >> 20)


def clean_document_name(name: str) -> str:
    """A file's name as it is shown: without folders, and without what would turn or hide its characters."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = " ".join(drop_control_characters(last).translate(_DIRECTION_MARKS).split())
    if len(shown) <= _MAX_NAME:
        return shown or "?"
    ending = match[0] if (match := _ENDING.search(shown)) else ""
    return f"{shown[: _MAX_NAME - len(ending) - 1]}…{ending}"


def find_document_command(document: IncomingDocument) -> str:
    """The name of the command that a file without words means, by its name or its type; empty if none is for it."""
    ending = match[0].lower() if (match := _ENDING.search(document.name)) else ""
    if ending:
        return _COMMANDS_BY_ENDING.get(ending, "")
    return _COMMANDS_BY_TYPE.get(document.media_type.partition(";")[0].strip().lower(), "")
