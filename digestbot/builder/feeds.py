"""Other feeds: Atom and RSS of preprint servers and journals, and lists of arXiv papers such as Hugging Face's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import unescape
from typing import Any

import feedparser

from digestbot.builder.arxiv import Arxiv, moment, one_line
from digestbot.builder.found import Found
from digestbot.builder.polite import Polite
from digestbot.domain.paper import Paper, PaperId, find_links
from digestbot.errors import SourceError

_LISTED = re.compile(
    r"huggingface\.co/papers/(?P<number>\d{4}\.\d{4,5})|arxiv\.org/(?:abs|pdf|html)/(?P<arxiv>\d{4}\.\d{4,5})"
)
_TAG = re.compile(r"<[^>]+>")
_DROPPED = re.compile(r"(?is)<(script|style)\b.*?</\1>")


class Feed:
    """One feed of a topic. Entries that link a paper on arXiv are looked up there, for what the feed leaves out."""

    def __init__(self, polite: Polite, arxiv: Arxiv, address: str) -> None:
        self.name = address
        self._polite, self._arxiv = polite, arxiv

    async def find(self, since: datetime) -> Sequence[Found]:
        """The papers that it lists, changed since a moment."""
        raw = await self._polite.get(self.name)
        listed, own = _numbers_of_json(raw), []
        if listed is None:
            feed = feedparser.parse(raw)
            if not feed.version:
                raise SourceError(f"{self.name} is no Atom or RSS feed: is the address right?")
            listed = [number for entry in feed.entries if (number := _listed(entry))]
            own = [found for entry in feed.entries if not _listed(entry) and (found := _read(entry))]
        # a list names papers again that came some days ago: what counts is that it names them now
        looked_up = await self._arxiv.by_number(list(dict.fromkeys(listed))) if listed else []
        return [*looked_up, *(found for found in own if found.updated >= since)]


def _numbers_of_json(raw: bytes) -> list[str] | None:
    """The numbers in a list such as huggingface.co/api/daily_papers gives; ``None`` for what is no JSON."""
    if not raw.lstrip().startswith((b"[", b"{")):
        return None
    try:
        return list(dict.fromkeys(_ids(json.loads(raw))))
    except (ValueError, RecursionError):
        raise SourceError("the list of papers is broken JSON") from None


def _ids(value: Any) -> Iterator[str]:  # noqa: ANN401  (somebody's JSON)
    if isinstance(value, list):
        for item in value:
            yield from _ids(item)
    elif isinstance(value, dict):
        number = value.get("id")
        if isinstance(number, str) and re.fullmatch(r"\d{4}\.\d{4,5}", number):
            yield number
        if isinstance(value.get("paper"), dict):
            yield from _ids(value["paper"])


def _listed(entry: Any) -> str:  # noqa: ANN401  (feedparser's own)
    """The number of the arXiv paper that an entry is about; empty for another."""
    for address in (entry.get("link", ""), entry.get("id", "")):
        if match := _LISTED.search(address):
            return match["number"]
    return ""


def _read(entry: Any) -> Found | None:  # noqa: ANN401
    """A paper with a DOI; ``None`` for what has none: news, editorials."""
    names = (entry.get("dc_identifier", ""), entry.get("prism_doi", ""), entry.get("link", ""), entry.get("id", ""))
    identifier = next((found for name in names if (found := PaperId.parse(name))), None)
    title = _plain(entry.get("title", ""))
    if identifier is None or not title:
        return None
    abstract = _plain(entry.get("summary", ""))
    authors = tuple(name for author in entry.get("authors", ()) for name in _names(author.get("name", "")))
    paper = Paper(identifier.base_id, 1, title, authors, abstract, "", find_links(abstract))
    published = moment(entry.get("published_parsed") or entry.get("updated_parsed"))
    terms = tuple(tag.get("term", "") for tag in entry.get("tags", ()) if tag.get("term"))
    return Found(paper, published, published, terms)


def _names(text: str) -> list[str]:
    """Authors of one field, "Moreno, A., Lin, B." or "Ada Moreno, Bo Lin"."""
    turned = re.findall(r"([^,;]+),\s*((?:[^\W\d_]\.[\s-]?)+)(?:[,;]|$)", text)
    if turned:
        return [f"{given.strip()} {family.strip()}" for family, given in turned]
    return [name for part in re.split(r"[,;]| and ", text) if (name := one_line(part))]


def _plain(text: str) -> str:
    return one_line(unescape(_TAG.sub(" ", _DROPPED.sub(" ", text))))
