"""The lines of a TOML file on which its keys and tables stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache

_MAX_LINES = 1_000
"""The file is read once for each of its lines."""


@lru_cache(maxsize=2)
def index_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of each key and table: the one from which on the file, read up to there, has it."""
    lines = text.splitlines()
    found: dict[tuple[str | int, ...], int] = {}
    start = 0
    for end in range(1, len(lines) + 1) if len(lines) <= _MAX_LINES else ():
        if not lines[start].strip() or lines[start].lstrip().startswith("#"):
            start = end
            continue
        try:
            table = tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue  # what begins at the start goes on
        for location in _walk(table):
            found.setdefault(location, start + 1)
        start = end
    return found


def _walk(value: object, location: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if location:
        yield location
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, (*location, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(inner, (*location, number))
