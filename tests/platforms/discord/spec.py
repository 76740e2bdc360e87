"""Discord's own OpenAPI, where it is beside the checkout: every request's body is checked against it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.places import ROOT

SPEC = ROOT.parent / "shared" / "specs" / "discord-openapi.json"
_BY_DISCORD_PY = {"tts", "nsfw"}
"""Fields that discord.py sends where the specification has none."""


def find_violations(method: str, path: str, body: Any) -> list[str]:
    """What of a request's body Discord's specification does not allow; nothing where the file is not there."""
    if not SPEC.exists() or body is None:
        return []
    validator = _build_validator(method.lower(), _find_template(method.lower(), path.split("?", maxsplit=1)[0]))
    if validator is None:
        return [f"{method} {path}: the specification takes no body there"]
    if path.endswith("/threads"):
        body = {name: value for name, value in body.items() if name != "type"}  # discord.py's, and of no effect
    return [
        f"{method} {path}: {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
        for error in validator.iter_errors(body)
    ]


@cache
def _load_spec() -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(SPEC.read_text("utf-8"))
    numbers = spec["components"]["schemas"]["SnowflakeType"]
    spec["components"]["schemas"]["SnowflakeType"] = {"anyOf": [numbers, {"type": "integer"}]}  # Discord takes both
    spec["components"]["schemas"]["ChannelTypes"]["oneOf"].append(
        {"const": 16}
    )  # discord-api-docs #6232: media channels
    for schema in spec["components"]["schemas"].values():
        _close_schema(schema)
    spec["components"]["schemas"]["RichEmbed"]["properties"]["flags"] = {"const": 0}  # discord.py's, and of no effect
    for schema in spec["components"]["schemas"].values():
        _choose_by_type(schema, spec["components"]["schemas"])
    return spec


def _choose_by_type(schema: Any, schemas: dict[str, Any]) -> None:
    """Let one of several kinds of component be told by its type, so that an error says what is wrong with that kind."""
    if isinstance(schema, dict):
        kinds = {_type_number(kind, schemas): kind for kind in schema.get("oneOf", ())}
        if len(kinds) > 1 and None not in kinds and len(kinds) == len(schema["oneOf"]):
            del schema["oneOf"]
            told = {"properties": {"type": {"enum": list(kinds)}}, "required": ["type"]}
            chosen = [{"if": {"properties": {"type": {"const": n}}}, "then": kind} for n, kind in kinds.items()]
            schema["allOf"] = [told, *chosen]
        for value in schema.values():
            _choose_by_type(value, schemas)
    elif isinstance(schema, list):
        for value in schema:
            _choose_by_type(value, schemas)


def _type_number(kind: Any, schemas: dict[str, Any]) -> int | None:
    """The only type that a kind of component may have and must have; ``None`` for anything else."""
    schema = schemas.get(kind.get("$ref", "").rpartition("/")[2], {})
    told = schema.get("properties", {}).get("type", {})
    must = told.get("type") == "integer" and len(told.get("enum", ())) == 1 and "type" in schema.get("required", ())
    return int(told["enum"][0]) if must else None


def _close_schema(schema: Any) -> None:
    """Let no object have more than the properties it is described with."""
    if isinstance(schema, dict):
        if "properties" in schema and "allOf" not in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
            schema["patternProperties"] = {f"^({'|'.join(_BY_DISCORD_PY)})$": {}}
        for value in schema.values():
            _close_schema(value)
    elif isinstance(schema, list):
        for value in schema:
            _close_schema(value)


@cache
def _find_template(method: str, path: str) -> str:
    """The specification's path of a request: the one with the most words of its own."""
    fitting: list[str] = [
        template
        for template, operations in _load_spec()["paths"].items()
        if method in operations and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
    ]
    assert fitting, f"the specification has no {method} {path}"
    return max(fitting, key=lambda template: len(re.sub(r"\{[^}]+\}", "", template)))


@cache
def _build_validator(method: str, template: str) -> Draft202012Validator | None:
    operation = _load_spec()["paths"][template][method]
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": _load_spec()["components"]})
