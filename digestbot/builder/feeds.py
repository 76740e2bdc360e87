"""Other feeds: Atom and RSS of preprint servers and journals, and lists of arXiv papers such as Hugging Face's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import feedparser

from digestbot.builder.arxiv import ArxivClient, to_one_line, to_utc
from digestbot.builder.candidates import Candidate
from digestbot.cards.text import decode_entities
from digestbot.domain.lengths import MAX_ABSTRACT, MAX_TITLE, shorten_names, shorten_text
from digestbot.domain.paper import Paper, PaperId, find_links
from digestbot.errors import SourceError
from digestbot.net.addresses import redact_url
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox

if TYPE_CHECKING:  # the sandbox, which imports this module too, needs no HTTP client
    from digestbot.builder.polite_client import PoliteClient

_MAX_FEED_BYTES = 5_000_000
_MAX_PAPERS = 2_000
"""Maximum papers of a feed, the newest: more are not the news of some days."""
_MAX_ARXIV_IDS = 500
"""Maximum papers of a feed that are looked up on arXiv, which gives a hundred every few seconds."""

_ARXIV_LINK = re.compile(
    r"huggingface\.co/papers/(?P<number>\d{4}\.\d{4,5})|arxiv\.org/(?:abs|pdf|html)/(?P<arxiv>\d{4}\.\d{4,5})"
)
_TAG = re.compile(r"<[^>]++(?:(?P<end>>)|\Z)")
_SCRIPT = re.compile(r"(?is)<script\b.*?(?:(?P<end></script>)|\Z)")
_STYLE = re.compile(r"(?is)<style\b.*?(?:(?P<end></style>)|\Z)")
"""An element that never ends is taken to the end of the text and stays: so none is looked for from every ``<`` anew."""
_TURNED_NAME = re.compile(r"(?<![^,;])([^,;]++),\s*((?:[^\W\d_]\.[\s-]?)+)(?:[,;]|$)")


class FeedSource:
    """One feed of a topic. Entries linking an arXiv paper are looked up on arXiv for the missing metadata."""

    def __init__(self, http: PoliteClient, arxiv: ArxivClient, address: str) -> None:
        self.name = redact_url(address)
        self._http, self._arxiv, self._address = http, arxiv, address

    async def find_candidates(self, since: datetime) -> Sequence[Candidate]:
        """The papers in the feed that changed since a given time."""
        raw = await self._http.get(self._address, max_bytes=_MAX_FEED_BYTES)
        found = await run_in_sandbox(parse_feed, PARSING_SECONDS, raw)
        if not found.is_feed:
            raise SourceError("is not an Atom or RSS feed: is the URL right?")
        # lists include papers from some days ago: what counts is that they list them now
        from_arxiv = await self._arxiv.fetch_by_id(found.arxiv_ids) if found.arxiv_ids else []
        return [*from_arxiv, *(candidate for candidate in found.papers if candidate.updated >= since)]


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a feed lists: papers to look up on arXiv, and others. ``is_feed`` tells whether it is one at all."""

    arxiv_ids: tuple[str, ...] = ()
    papers: tuple[Candidate, ...] = ()
    is_feed: bool = True


def parse_feed(raw: bytes) -> FeedContents:
    """Parse a feed, or a list of arXiv papers in JSON; for the sandbox.

    Raises :class:`~digestbot.errors.SourceError`.
    """
    arxiv_ids = _parse_json_ids(raw)
    if arxiv_ids is not None:
        return FeedContents(tuple(arxiv_ids[:_MAX_ARXIV_IDS]))
    feed = feedparser.parse(raw)
    arxiv_ids = [number for entry in feed.entries if (number := _find_arxiv_id(entry))]
    papers = [found for entry in feed.entries if not _find_arxiv_id(entry) and (found := _parse_entry(entry))]
    return FeedContents(
        tuple(dict.fromkeys(arxiv_ids))[:_MAX_ARXIV_IDS],
        tuple(sorted(papers, key=attrgetter("updated"), reverse=True)[:_MAX_PAPERS]),
        bool(feed.version),
    )


def _parse_json_ids(raw: bytes) -> list[str] | None:
    """The arXiv IDs in a list such as huggingface.co/api/daily_papers; ``None`` if it is not JSON."""
    if not raw.lstrip().startswith((b"[", b"{")):
        return None
    try:
        return list(dict.fromkeys(_iter_ids(json.loads(raw))))
    except (ValueError, RecursionError):
        raise SourceError("the list of papers is broken JSON") from None


def _iter_ids(value: Any) -> Iterator[str]:  # noqa: ANN401  (somebody's JSON)
    if isinstance(value, list):
        for item in value:
            yield from _iter_ids(item)
    elif isinstance(value, dict):
        number = value.get("id")
        if isinstance(number, str) and re.fullmatch(r"\d{4}\.\d{4,5}", number):
            yield number
        if isinstance(value.get("paper"), dict):
            yield from _iter_ids(value["paper"])


def _find_arxiv_id(entry: Any) -> str:  # noqa: ANN401  (feedparser's own)
    """The arXiv ID of an entry's paper; empty if there is none."""
    for address in (entry.get("link", ""), entry.get("id", "")):
        if match := _ARXIV_LINK.search(address):
            return str(match["number"] or match["arxiv"])
    return ""


def _parse_entry(entry: Any) -> Candidate | None:  # noqa: ANN401
    """A paper with a DOI; ``None`` for entries without one, such as news and editorials."""
    names = (entry.get("dc_identifier", ""), entry.get("prism_doi", ""), entry.get("link", ""), entry.get("id", ""))
    identifier = next((found for name in names if (found := PaperId.parse(name))), None)
    title = shorten_text(_strip_markup(entry.get("title", "")), MAX_TITLE)
    if identifier is None or not title:
        return None
    abstract = shorten_text(_strip_markup(entry.get("summary", "")), MAX_ABSTRACT)
    authors = shorten_names(
        name for author in entry.get("authors", ()) for name in _split_authors(author.get("name", ""))
    )
    paper = Paper(identifier.base_id, 1, title, authors, abstract, "", find_links(abstract))
    published = to_utc(entry.get("published_parsed") or entry.get("updated_parsed"))
    terms = tuple(filter(None, (to_one_line(tag.get("term") or "") for tag in entry.get("tags", ()))))
    return Candidate(paper, published, published, terms)


def _split_authors(text: str) -> list[str]:
    """Split an authors field such as "Moreno, A., Lin, B." or "Ada Moreno, Bo Lin"."""
    turned = _TURNED_NAME.findall(text)
    if turned:
        return [f"{given.strip()} {family.strip()}" for family, given in turned]
    return [name for part in re.split(r"[,;]| and ", text) if (name := to_one_line(part))]


def _strip_markup(text: str) -> str:
    for element in (_SCRIPT, _STYLE, _TAG):
        text = element.sub(lambda match: " " if match["end"] else match[0], text)
    return to_one_line(decode_entities(text))
