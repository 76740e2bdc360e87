"""JSON as models write it: with formulas' backslashes, a comma too many, other quotes, or without its end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from json_repair import repair_json
from pydantic_core import from_json

MAX_CHARACTERS = 200_000
"""More than any answer has: longer texts are not searched."""
_MAX_STARTS = 40
_MAX_MENDED = 3
_MAX_BRACKETS = 64
"""More than a form has, of either kind: an answer with more is not repaired."""
_DECODER = json.JSONDecoder(strict=False)
_START = re.compile(r"""\{(?=\s*+["'“”‘’\w\\}/])""")
_STRAY_BACKSLASH = re.compile(r"\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4}|(?P<other>))")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}]', re.DOTALL)
_AFTER_END = re.compile(r"(?<![\s`;>])(?:[\s`;]|<[^<>]{0,40}>)++$")


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object found in a text, and whether it has its end."""

    value: object
    is_whole: bool


def parse_json(text: str) -> object:
    """A text as JSON, repaired if that is enough; ``None`` if it is none."""
    if len(text) > MAX_CHARACTERS:
        return None
    for candidate in (text, _double_backslashes(text)):
        try:
            return _DECODER.decode(candidate.strip().removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            continue
    return _repair(text) if text.lstrip()[:1] in ("{", "[") else None


def find_objects(text: str) -> Iterator[JsonObject]:
    """The JSON objects in a text, in order; some of them repaired, or without their end."""
    if len(text) > MAX_CHARACTERS:
        return
    end = mended = 0
    for start in islice((match.start() for match in _START.finditer(text)), _MAX_STARTS):
        if start < end:
            continue
        value, end = _decode_at(text, start)
        if end:
            yield JsonObject(value, is_whole=True)
        elif mended < _MAX_MENDED:
            mended += 1
            yield _mend_object(text[start:])


def _decode_at(text: str, start: int) -> tuple[object, int]:
    """The object at a place and where it ends; 0 if it is none."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    rest = _double_backslashes(text[start:])
    try:
        value, length = _DECODER.raw_decode(rest)
    except (ValueError, RecursionError):
        return None, 0
    return value, start + length - _count_doubled(text, start, length)


def _count_doubled(text: str, start: int, length: int) -> int:
    """How many backslashes were added up to a place of the text that has them doubled."""
    added = 0
    for match in _STRAY_BACKSLASH.finditer(text, start):
        if match.start() - start + added >= length:
            break
        added += match["other"] is not None
    return added


def _mend_object(text: str) -> JsonObject:
    if _has_end(text):
        return JsonObject(_repair(text), is_whole=True)
    try:
        return JsonObject(from_json(_double_backslashes(text), allow_partial=True), is_whole=False)
    except (ValueError, TypeError):  # half of a character is the latter
        return JsonObject(None, is_whole=False)


def _has_end(text: str) -> bool:
    """Whether an object is closed, or lacks only its last brackets."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return True
    return _AFTER_END.sub("", text)[-1:] in ("}", "]", '"', "'", ")")


def _repair(text: str) -> object:
    if sum(map(text.count, "{[")) > _MAX_BRACKETS:
        return None  # the time for it grows with their square
    try:
        return repair_json(_double_backslashes(text), return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None


def _double_backslashes(text: str) -> str:
    """A text whose backslashes are JSON's: those of formulas stand for themselves."""
    return _STRAY_BACKSLASH.sub(lambda match: "\\\\" if match["other"] is not None else match[0], text)
