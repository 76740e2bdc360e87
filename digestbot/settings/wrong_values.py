"""What a setting may be, in words, with an example that works: for one whose value is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time as Time  # noqa: N812
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

_EXAMPLES: Mapping[str, str] = {
    "public_url": "https://papers.example.org",
    "base_url": "http://127.0.0.1:11434/v1",
    "contact": "you@example.org",
    "shard_ids": "0-3",
    "shard_count": "4",
    "test_guild": "123456789012345678",
    "messages_per_second": "30",
    "dollars_in": "0.5",
    "dollars_out": "1.5",
    "title": "Protein Design",
    "slug": "protein-design",
    "name": "gpt-6-luna",
    "aliases": "proteins",
    "queries": 'abs:"protein design"',
    "feeds": "https://example.org/feed.xml",
    "categories": "q-bio.BM",
    "archives": "cs",
    "build_at": "06:00",
    "time": "08:00",
    "pages_dir": "pages",
    "figures_dir": "figures",
    "database_url": "sqlite+aiosqlite:///digestbot.db",
    "admin_chat": "telegram:123456789",
    "host": "0.0.0.0",  # noqa: S104  # an example for containers
}
"""What works, where the default does not say it."""
_PATTERNS: Mapping[str, str] = {
    "language": "en or zh",
    "public_url": "an address that begins with https://",
    "api_url": "an address that begins with https:// or http://",
    "base_url": "an address that begins with https:// or http://",
    "arxiv_api": "an address that begins with https:// or http://",
    "arxiv_oai": "an address that begins with https:// or http://",
    "arxiv_pages": "an address that begins with https:// or http://",
    "contact": "an e-mail address, or an address that begins with https://",
    "shard_ids": "numbers and spans of shards with commas between",
}
_WORDS: Mapping[Any, str] = {
    bool: "true or false", Time: "a time of day", Path: "the path of a folder"
}  # fmt: skip
_LEAST, _MORE_THAN, _MOST = "ge", "gt", "le"
_OWN_WORDS = frozenset(("value_error", "assertion_error"))
"""Kinds of mistakes that a check of ours has explained already."""


def explain_wrong_value(schema: type[BaseModel], location: Sequence[str | int], kind: str, *, is_toml: bool) -> str:
    """What a setting may be, and an example as it is written in its source; empty where a check of ours says it."""
    field, name, is_item = _find_field(schema, location)
    if kind in _OWN_WORDS or field is None:
        return ""
    if _is_secret(field.annotation):
        return "it is text, in quotes"
    if _is_model(_get_argument(field.annotation)):
        return f"there may be several, so write [[{'.'.join(part for part in location if isinstance(part, str))}]]"
    wanted = _describe_wanted(name, field, is_item=is_item)
    return f"it is {wanted}, such as {_format_example(name, field, is_toml=is_toml)}" if wanted else ""


def _find_field(schema: Any, location: Sequence[str | int]) -> tuple[FieldInfo | None, str, bool]:  # noqa: ANN401
    """The innermost setting of a location, its name, and whether an item of its list is meant."""
    found: FieldInfo | None = None
    name, is_item = "", False
    for part in location:
        if isinstance(part, int):
            schema, is_item = _get_argument(schema), not _is_model(_get_argument(schema))
        elif _is_model(schema) and part in schema.model_fields:
            found, name, is_item = schema.model_fields[part], part, False
            schema = found.annotation
        elif get_origin(schema) is dict:
            schema = get_args(schema)[1]
        else:
            return None, "", False
    return found, name, is_item


def _describe_wanted(name: str, field: FieldInfo, *, is_item: bool) -> str:
    kind = _strip_none(field.annotation)
    if get_origin(kind) is list:
        return _describe_list(field, is_item=is_item)
    if get_origin(kind) is Literal:
        return " or ".join(map(str, get_args(kind)))
    if kind in (int, float):
        return f"a {'whole number' if kind is int else 'number'}{_describe_bounds(field)}"
    return _PATTERNS.get(name) or _WORDS.get(kind) or (f"text{_describe_length(field)}" if kind is str else "")


def _describe_list(field: FieldInfo, *, is_item: bool) -> str:
    longest = _find_bound(_get_argument(field.annotation), "max_length") if is_item else None
    if longest is not None:
        return f"a list of texts of at most {longest} characters"
    most = _find_bound(field, "max_length")
    return "a list of texts" + (f", at most {most}" if most is not None else "")


def _describe_bounds(field: FieldInfo) -> str:
    least, most = _find_bound(field, _LEAST), _find_bound(field, _MOST)
    above = _find_bound(field, _MORE_THAN)
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if above is not None:
        return f" above {above}"
    return f" of {least} or more" if least is not None else ""


def _describe_length(field: FieldInfo) -> str:
    least, most = _find_bound(field, "min_length"), _find_bound(field, "max_length")
    if least and most is not None:
        return f" of {least} to {most} characters"
    if most is not None:
        return f" of at most {most} characters"
    return " that is not empty" if least else ""


def _find_bound(annotated: Any, name: str) -> Any:  # noqa: ANN401  # a number, of either kind
    """A limit of a field or of a list's items; ``None`` if there is none."""
    rules: Sequence[Any] = getattr(annotated, "metadata", ()) or getattr(annotated, "__metadata__", ()) or ()
    parts = [part for rule in rules for part in (rule, *getattr(rule, "metadata", ()))]
    return next((value for part in parts if (value := getattr(part, name, None)) is not None), None)


def _format_example(name: str, field: FieldInfo, *, is_toml: bool) -> str:
    kind = _strip_none(field.annotation)
    value = _EXAMPLES.get(name) or _format_default(field.default)
    if kind is bool:
        value = "true"
    elif get_origin(kind) is Literal and not value:
        value = str(get_args(kind)[0])
    if not is_toml:
        return f'["{value}"]' if get_origin(kind) is list else value or "…"
    if get_origin(kind) is list:
        quote = "'" if '"' in value else '"'
        return f"{name} = [{quote}{value or '…'}{quote}]"
    return f"{name} = {value}" if kind in (int, float, bool) else f'{name} = "{value or "…"}"'


def _format_default(default: object) -> str:
    if isinstance(default, Time):
        return f"{default:%H:%M}"
    return str(default) if isinstance(default, (str, int, float)) and not isinstance(default, bool) else ""


def _strip_none(kind: Any) -> Any:  # noqa: ANN401
    """The type without ``| None``, and without what is noted beside it."""
    others = [one for one in get_args(kind) if one is not NoneType]
    kind = others[0] if NoneType in get_args(kind) and len(others) == 1 else kind
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_secret(kind: Any) -> bool:  # noqa: ANN401
    kind = _strip_none(kind)
    return kind is SecretStr or (get_origin(kind) is dict and get_args(kind)[1] is SecretStr)


def _get_argument(kind: Any) -> Any:  # noqa: ANN401
    return get_args(kind)[0] if get_origin(kind) is list else None


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
