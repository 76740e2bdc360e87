"""The front matter of a page: its keys and values, in YAML between ``---`` or in TOML between ``+++``."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from typing import Any

import yaml

from digestbot.cards.text import drop_control_characters
from digestbot.domain.text.lengths import MAX_TOPIC_TITLE, shorten_text
from digestbot.errors import EmptyPageError, NotDigestError, PageError

FrontMatter = dict[str, tuple[Any, int]]
"""Each key's value, and its line number."""
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TIMESTAMP = re.compile(
    rf"{DATE.pattern}(?:[T\s]+(\d{{1,2}}):(\d{{2}})(?::(\d{{2}}))?\S*(?:\s?[+-]\d\d:?\d\d|\sUTC)?)?"
)
_YAML_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_YAML_CHARACTERS, _MAX_YAML_BRACKETS = 20_000, 100
"""Front matter with more is no list of keys and values: nested brackets take YAML's reader time with their square."""


def parse_front_matter(lines: list[str]) -> tuple[int, FrontMatter]:
    """The index of the first line after the front matter, and the fields, each with its line number."""
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise EmptyPageError("is empty")
    if re.match(r"\s*<(?:!doctype|html|head|\?xml)", lines[first], re.IGNORECASE):
        raise PageError("is an HTML page, not a digest page in Markdown: an error page of its host?", first + 1)
    mark = lines[first].strip()
    if mark not in ("---", "+++"):
        raise NotDigestError("has no front matter: a page begins with --- and the keys title and date", first + 1)
    last = next((i for i in range(first + 1, len(lines)) if lines[i].strip() == mark), None)
    if last is None:
        raise PageError(f"front matter is opened with {mark} and never closed: is the page cut off?", first + 1)
    return last + 1, _parse_fields(lines[first + 1 : last], first + 2, is_toml=mark == "+++")


def _parse_fields(lines: list[str], line: int, *, is_toml: bool) -> FrontMatter:
    line_numbers = {
        re.split("[:=]", text, maxsplit=1)[0].strip(): line + i
        for i, text in enumerate(lines)
        if re.match(r"\w[\w -]*[:=]", text)
    }
    loaded = _load_toml("\n".join(lines), line) if is_toml else _load_yaml("\n".join(lines))
    if loaded is None:
        # A title or description with a bare colon is not valid YAML, but can be read line by line.
        loaded = dict(text.split(":", 1) for text in lines if re.match(r"\w[\w -]*:", text))
    if not isinstance(loaded, dict):
        raise PageError("front matter has no keys such as title and date", line)
    return {str(key).strip(): (value, line_numbers.get(str(key).strip(), line)) for key, value in loaded.items()}


def _load_toml(text: str, line: int) -> dict[str, Any]:
    """The front matter's keys, with text for every value that is no list, as Hugo has it between ``+++``."""
    if len(text) > _MAX_YAML_CHARACTERS or text.count("[") + text.count("{") > _MAX_YAML_BRACKETS:
        raise PageError("front matter is too long to be read", line)
    try:
        loaded = tomllib.loads(text)
        return {key: value if isinstance(value, (list, dict)) else str(value) for key, value in loaded.items()}
    except (ValueError, RecursionError) as error:  # a number may have too many digits to be written
        raise PageError(f"front matter between +++ is no TOML: {error}", line) from None


def _load_yaml(text: str) -> Any:  # noqa: ANN401  (whatever it is)
    """The front matter's value; ``None`` if it is not valid, or not for YAML's reader."""
    if len(text) > _MAX_YAML_CHARACTERS or text.count("[") + text.count("{") > _MAX_YAML_BRACKETS:
        return None
    try:
        return yaml.load(text, Loader=_YAML_LOADER) or {}  # noqa: S506  # makes only strings, lists, dicts
    except (yaml.YAMLError, RecursionError):
        return None


def parse_topic(fields: FrontMatter) -> str:
    """The title, or else the first tag or keyword. Raises :class:`NotDigestError` if there is none."""
    for key in ("title", "tags", "keywords"):
        value = fields.get(key, ("", 0))[0]
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str) and text.strip(" '\""):
            return shorten_text(" ".join(drop_control_characters(text).strip(" '\"").split()), MAX_TOPIC_TITLE)
    line = fields.get("title", ("", 1))[1]
    raise NotDigestError("front matter has no title, which is the topic", line)


def parse_published(fields: FrontMatter) -> tuple[datetime | None, date | None]:
    """The time, if it is given, and the date. Raises :class:`PageError` if it is no date."""
    value, line = fields.get("date", ("", 1))
    text = value.strip(" '\"") if isinstance(value, str) else "[…]"
    if not text:
        return None, None
    match = _TIMESTAMP.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        timestamp = datetime(*(int(part or 0) for part in match.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise PageError(f"date “{text[:40]}” is not a date such as 2024-10-27 20:25:40", line) from None
    return (timestamp if match[4] else None), timestamp.date()
