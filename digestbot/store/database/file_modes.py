"""Who may read a database file: its owner, and nobody else on the machine."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE_MODE, PRIVATE_FOLDER_MODE = 0o600, 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
HAS_MODES = os.name == "posix"


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are not there, for their owner alone; others are left as they are."""
    if not folder.is_dir():  # where a file has its name, making it says so
        make_private_folder(folder.parent)
        folder.mkdir(PRIVATE_FOLDER_MODE, exist_ok=True)


def make_private_file(file: Path) -> None:
    """Make an empty file for its owner alone; one that is there is left as it is.

    SQLite gives what it keeps beside a file the same mode. Where the file cannot be made, SQLite says why.
    """
    with suppress(OSError):  # never open one that is there: closing it would end this process's locks on it
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE_MODE))


def find_open_files(paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Those of the files that others may read or write, each with its mode."""
    for path in paths:
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & _OTHERS:
            yield path, mode


def read_folder_mode(file: Path) -> int:
    """The mode of the file's folder."""
    return stat.S_IMODE(file.absolute().parent.stat().st_mode)


def can_others_write(mode: int) -> bool:
    """Whether a mode lets others put another file in the place of one in a folder."""
    return bool(mode & _OTHERS_WRITE) and not mode & stat.S_ISVTX
