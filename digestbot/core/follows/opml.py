"""The feeds of an OPML file (opml.org/spec2.opml), also of a broken one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.parsers import expat

from digestbot.late_patterns import compile_late

_ADDRESS, _NAMES = "xmlurl", ("title", "text")
_MAX_OUTLINE, _MAX_FEEDS = 4_000, 5_000
_ATTRIBUTE = compile_late(r"""\s([A-Za-z]{1,20})\s{0,5}=\s{0,5}(?:"([^"]{0,2000})"|'([^']{0,2000})')""")
_OUTLINE = compile_late(r"<outline\b", re.IGNORECASE)
_REFERENCES = (("&quot;", '"'), ("&apos;", "'"), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Feed(NamedTuple):
    """A feed: what it is called, and its address."""

    name: str
    address: str


class _RefusedError(Exception):
    """A file that declares entities, which no OPML needs: they may stand for each other, and grow without end."""


def list_feeds(text: str) -> list[Feed]:
    """The feeds of an OPML file; of one that is no XML, those that can be found. Nothing is expanded or fetched."""
    try:
        return _parse(text)
    except (expat.ExpatError, _RefusedError):
        return list(_scan(text))[:_MAX_FEEDS]


def _parse(text: str) -> list[Feed]:
    found: list[Feed] = []

    def start_element(tag: str, attributes: dict[str, str]) -> None:
        if tag.lower() == "outline" and len(found) < _MAX_FEEDS and (feed := _to_feed(attributes)):
            found.append(feed)

    def refuse(*_: object) -> None:
        raise _RefusedError

    parser = expat.ParserCreate(encoding="utf-8")  # whatever it declares: it is decoded already
    parser.StartElementHandler = start_element
    parser.EntityDeclHandler = refuse
    parser.Parse(text.strip().encode("utf-8", "replace"), True)  # expat's own
    return found


def _scan(text: str) -> Iterator[Feed]:
    """The feeds of a broken file: what stands in its outlines, until the next one."""
    for outline in _OUTLINE.split(text)[1:]:
        attributes = {
            match[1]: _unescape(match[2] or match[3] or "") for match in _ATTRIBUTE.finditer(outline[:_MAX_OUTLINE])
        }
        if feed := _to_feed(attributes):
            yield feed


def _to_feed(attributes: Mapping[str, str]) -> Feed | None:
    known = {name.lower(): value.strip() for name, value in attributes.items()}
    address = known.get(_ADDRESS, "")
    return Feed(next(filter(None, (known.get(name) for name in _NAMES)), address), address) if address else None


def _unescape(text: str) -> str:
    for written, meant in _REFERENCES:
        text = text.replace(written, meant)
    return text
