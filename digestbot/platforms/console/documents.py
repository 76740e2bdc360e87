"""Files that a person names at their own terminal, as what follows a command that reads one.

No path comes from anywhere else: on other platforms a file comes with its message.
"""

from __future__ import annotations

import asyncio
import os
import stat
from functools import partial
from pathlib import Path

from digestbot.core.commands.registry import takes_document
from digestbot.core.papers.documents import build_document, clean_document_name
from digestbot.core.ports import IncomingDocument
from digestbot.errors import DocumentError
from digestbot.late_patterns import compile_late

_ARGUMENTS = compile_late(
    r"(?P<name>\s*\S+)\s+(?P<rest>\S.*)",
)
_PATH = compile_late(r"~?[^;；]*\.(?:bib|bibtex|opml|txt|pdf)|(?:~|\.{1,2})?/[^;；]*")
"""What is meant as a path, whether there is such a file or not."""
_QUOTES = ("''", '""')


def split_document(line: str) -> tuple[str, tuple[IncomingDocument, ...]]:
    """A line without the path that it ends with, and the file there; the whole line if it names none.

    A path may have spaces, with quotation marks or without, and a ``~`` for the home folder.
    """
    match = _ARGUMENTS.fullmatch(line)
    if match is None or not takes_document(line):
        return line, ()
    named = match["rest"].strip()
    plain = named[1:-1] if named[:1] + named[-1:] in _QUOTES and len(named) > 1 else named
    path = Path(os.path.expanduser(plain))  # noqa: PTH111  # expanduser of Path fails for a user that there is not
    if not _is_file(path) and not _PATH.fullmatch(plain):
        return line, ()
    return match["name"], (_build_document(path),)


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _build_document(path: Path) -> IncomingDocument:
    size = path.stat().st_size if _is_file(path) else 0
    return build_document(path.name, "", size, partial(_read, path))


async def _read(path: Path, limit: int) -> bytes:
    return await asyncio.to_thread(_read_file, path, limit)


def _read_file(path: Path, limit: int) -> bytes:
    """A file's first ``limit`` bytes. Raises :class:`~digestbot.errors.DocumentError`."""
    name = clean_document_name(path.name)
    if not _is_file(path):  # a pipe, or a device without an end
        raise DocumentError("document_missing", name=name)
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        raise DocumentError("document_missing", name=name) from None
