"""Requests checked against the machine-readable Bot API, where ``../shared`` is beside the checkout."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from tests.places import ROOT

SPEC = ROOT.parent / "shared" / "specs" / "telegram-bot-api-10.1.json"
_NEWER = {"InputRichMessage": {"media"}}
"""Fields that came after 10.1 (see ../shared/PLATFORMS.md)."""
_SCALARS: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
    "True": bool,
}


@cache
def _load_spec() -> dict[str, Any] | None:
    return json.loads(SPEC.read_text("utf-8")) if SPEC.is_file() else None


def has_method(method: str) -> bool | None:
    """Whether the API has a method; ``None`` without the specification."""
    spec = _load_spec()
    return None if spec is None else method in spec["methods"]


def find_problems(method: str, given: dict[str, Any], files: set[str], *, newer: bool) -> list[str]:
    """What of a request the specification does not allow."""
    spec = _load_spec()
    if spec is None or method not in spec["methods"]:
        return []
    fields = {field["name"]: field for field in spec["methods"][method].get("fields", [])}
    found = [f"{method}: unknown field {name}" for name in given if name not in fields]
    found += [
        f"{method}: {name} is required" for name, f in fields.items() if f["required"] and name not in {*given, *files}
    ]
    found += [
        f"{method}: unknown file {name}" for name in files if not _is_attached(name, given) and name not in fields
    ]
    for name, value in given.items():
        if name in fields:
            found += [f"{method}.{name}: {why}" for why in _find_type_errors(value, fields[name]["types"], newer)]
    return found


def _is_attached(name: str, given: dict[str, Any]) -> bool:
    return f"attach://{name}" in json.dumps(given)


def _find_type_errors(value: Any, types: list[str], newer: bool) -> list[str]:
    """Why a value is of none of the types; empty when it is of one."""
    tried = [_wrong_as(value, kind, newer) for kind in types]
    return [] if not all(tried) else min(tried, key=len)


def _wrong_as(value: Any, kind: str, newer: bool) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{value!r:.60} is no array"]
        inner = kind.removeprefix("Array of ").replace(" and ", ", ").split(", ")
        return [why for item in value for why in _find_type_errors(item, inner, newer)]
    if kind == "InputFile":
        return [] if value is None else ["no file"]
    if kind in _SCALARS:
        right = isinstance(value, _SCALARS[kind]) and (kind in ("Boolean", "True") or not isinstance(value, bool))
        return [] if right else [f"{value!r:.60} is no {kind}"]
    return _wrong_object(value, kind, newer)


def _wrong_object(value: Any, kind: str, newer: bool) -> list[str]:
    spec = _load_spec()
    assert spec is not None
    described = spec["types"].get(kind)
    if described is None:
        return [f"no such type {kind}"]
    if described.get("subtypes"):
        return _find_type_errors(value, described["subtypes"], newer)
    if not isinstance(value, dict):
        return [f"{value!r:.60} is no {kind}"]
    fields = {field["name"]: field for field in described.get("fields", [])}
    extra = _NEWER.get(kind, set()) if newer else set()
    found = [f"{kind}: unknown field {name}" for name in value if name not in fields and name not in extra]
    found += [f"{kind}: {name} is required" for name, f in fields.items() if f["required"] and name not in value]
    for name, inner in value.items():
        if name in fields:
            found += [f"{kind}.{name}: {why}" for why in _find_type_errors(inner, fields[name]["types"], newer)]
    return found
