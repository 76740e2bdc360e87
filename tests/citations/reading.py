"""Reads files of citations back as reference managers do: with bibtexparser, pybtex, rispy and the schema of CSL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors, SplitNameParts
from pybtex.database import Person
from pybtex.database import parse_string as parse_with_pybtex

from digestbot.citations.names import AuthorName

_SCHEMA = jsonschema_rs.validator_for(json.loads(Path(__file__).with_name("csl-data.json").read_text("utf-8")))


class ReadEntry(NamedTuple):
    """An entry: its type and key, its fields with and without TeX, and its authors."""

    type: str
    key: str
    raw: dict[str, str]
    plain: dict[str, str]
    authors: list[tuple[str, ...]]


def read_bibtex(text: str) -> list[ReadEntry]:
    """The entries, of which both libraries must read the same fields and names."""
    raw = parse_string(text)
    assert not raw.failed_blocks, raw.failed_blocks
    named = parse_string(text, append_middleware=[SeparateCoAuthors(), SplitNameParts()])
    decoded = parse_string(text, append_middleware=[LatexDecodingMiddleware(allow_inplace_modification=False)])
    other = parse_with_pybtex(text, "bibtex")
    assert [entry.key for entry in raw.entries] == list(other.entries)
    found = []
    for entry, names, plain in zip(raw.entries, named.entries, decoded.entries, strict=True):
        fields = {field.key: field.value for field in entry.fields}
        known = other.entries[entry.key]
        assert known.type == entry.entry_type
        # pybtex reads years as texts, and takes authors apart; spaces count once in both
        rest = {name: value for name, value in fields.items() if name != "author"}
        assert {name: " ".join(value.split()) for name, value in rest.items()} == {
            name: " ".join(value.split()) for name, value in known.fields.items()
        }
        parts = [
            tuple(" ".join(part) for part in (one.first, one.von, one.last, one.jr)) for one in _get_authors(names)
        ]
        persons = [_list_parts(person) for person in known.persons.get("author", [])]
        assert parts == persons
        found.append(
            ReadEntry(
                entry.entry_type, entry.key, fields, {field.key: str(field.value) for field in plain.fields}, parts
            )
        )
    return found


def _get_authors(entry: Any) -> list[Any]:
    author = entry.fields_dict.get("author")
    return list(author.value) if author else []


def _list_parts(person: Person) -> tuple[str, ...]:
    first = [*person.first_names, *person.middle_names]
    parts = (first, person.prelast_names, person.last_names, person.lineage_names)
    return tuple(" ".join(part) for part in parts)


def read_csl(text: str) -> list[dict[str, Any]]:
    """The items of a file that keeps the schema."""
    items = json.loads(text)
    errors = [error.message for error in _SCHEMA.iter_errors(items)]
    assert not errors, errors
    return list(items)


def read_ris(text: str) -> list[dict[str, Any]]:
    return list(rispy.loads(text))


def name_parts(name: AuthorName) -> tuple[str, ...]:
    """The parts of a name in BibTeX's order: first, von, last, jr."""
    if name.literal:
        return "", "", name.literal, ""
    return name.given, name.particle, name.family, name.suffix
