"""Other feeds: Atom, RSS and JSON of preprint servers and journals, and lists of papers such as Hugging Face's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import feedparser

from digestbot.builder.candidates import Candidate, FoundPapers, LeftOut, ListedPaper
from digestbot.builder.sources.arxiv import to_utc
from digestbot.builder.sources.feed_text import find_news_reason, read_summary, strip_markup
from digestbot.builder.sources.json_feeds import is_json, iter_json_entries
from digestbot.builder.sources.licences import normalize_licence
from digestbot.cards.text import to_one_line
from digestbot.domain.paper import PaperId
from digestbot.domain.paper_text import build_paper
from digestbot.domain.text.lengths import MAX_TITLE, shorten_text
from digestbot.errors import SourceError
from digestbot.net.addresses import redact_url
from digestbot.sandbox import PARSING_SECONDS, run_in_sandbox

if TYPE_CHECKING:  # the sandbox, which imports this module too, needs no HTTP client
    from digestbot.builder.sources.polite_client import PoliteClient

_MAX_FEED_BYTES = 5_000_000
_MAX_PAPERS = 2_000
"""Maximum papers of a feed, the newest: more are not the news of some days."""
_MAX_ARXIV_IDS = 500
"""Maximum papers of a feed that are looked up on arXiv."""
_MAX_NAME, _MAX_ADDRESS = 120, 1_000

_REPLACEMENT = re.compile(r"^\s*arXiv:\S+\s+Announce Type:\s*replace", re.IGNORECASE)
_DOI_IN_URL = re.compile(
    r"^https?://\S*?[/=](?P<doi>10\.\d{4,9}/[^?#&]+?)(?:/(?:full|abstract|pdf|epdf|meta|html))?/?(?:[?#&].*)?$",
    re.IGNORECASE | re.DOTALL,
)
_NATURE_URL = re.compile(r"^https?://(?:www\.)?nature\.com/articles/(?P<name>[a-z]\d{5}-\d{3}-\d{4,5}-[\da-z])\b")
_VERSION_IN_URL = re.compile(r"(?:bio|med)rxiv\.org/\S{0,200}\dv(?P<version>[1-9]\d?)(?![\d.])")
_TURNED_NAME = re.compile(r"(?<![^,;])([^,;]++),\s*((?:[^\W\d_]\.[\s-]?)+)(?:[,;]|$)")


class FeedSource:
    """One feed of a topic."""

    def __init__(self, http: PoliteClient, address: str) -> None:
        self.name = redact_url(address)
        self._http, self._address = http, address

    async def find_papers(self, since: datetime) -> FoundPapers:  # noqa: ARG002  (what is too old is named by the selection)
        """All that the feed lists: lists have papers from some days ago, and what counts is that they list them now."""
        raw = await self._http.get(self._address, max_bytes=_MAX_FEED_BYTES)
        found = await run_in_sandbox(parse_feed, PARSING_SECONDS, raw)
        if not found.is_feed:
            raise SourceError("is not an Atom or RSS feed: is the URL right?")
        return FoundPapers(found.papers, found.listed, found.left_out)


@dataclass(frozen=True, slots=True)
class FeedContents:
    """What a feed lists: papers to look up on arXiv, others, and what is left out. ``is_feed``: it is one at all."""

    listed: tuple[ListedPaper, ...] = ()
    papers: tuple[Candidate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    is_feed: bool = True


def parse_feed(raw: bytes) -> FeedContents:
    """Parse a feed, or a list of papers in JSON; for the sandbox.

    Raises :class:`~digestbot.errors.SourceError`.
    """
    if is_json(raw):
        return _sort_entries(iter_json_entries(raw))
    feed = feedparser.parse(raw)
    return _sort_entries(iter(feed.entries)) if feed.version else FeedContents(is_feed=False)


def _sort_entries(entries: Iterator[Any]) -> FeedContents:
    """The entries by what they are, each paper once, and no more of them than a feed may have."""
    listed: dict[str, ListedPaper] = {}
    papers: list[Candidate] = []
    left_out: list[LeftOut] = []
    for entry in entries:
        match _parse_entry(entry):
            case ListedPaper() as found:
                listed[found.arxiv_id] = _merge_listed(listed.get(found.arxiv_id), found)
            case Candidate() as found:
                papers.append(found)
            case LeftOut() as found:
                left_out.append(found)
    papers.sort(key=attrgetter("updated"), reverse=True)
    for kept, most, what in ((list(listed), _MAX_ARXIV_IDS, "papers of arXiv"), (papers, _MAX_PAPERS, "papers")):
        if len(kept) > most:
            left_out.append(LeftOut("", "", f"{len(kept) - most} {what} beyond the first {most:,} of a feed"))
    return FeedContents(tuple(listed.values())[:_MAX_ARXIV_IDS], tuple(papers[:_MAX_PAPERS]), tuple(left_out))


def _merge_listed(known: ListedPaper | None, found: ListedPaper) -> ListedPaper:
    """Of a paper that is listed twice, the listing that is new."""
    return found if known is None or known.is_replacement else known


def _parse_entry(entry: Any) -> ListedPaper | Candidate | LeftOut:  # noqa: ANN401  (feedparser's own)
    title = shorten_text(strip_markup(entry.get("title", "")), MAX_TITLE)
    names = list(_iter_names(entry))
    found = [identifier for name in names if (identifier := _find_identifier(name))]
    at_arxiv = next((identifier for identifier in found if not identifier.is_doi), None)
    if at_arxiv:
        licence = normalize_licence(entry.get("rights") or entry.get("dc_rights") or "")
        return ListedPaper(at_arxiv.base_id, title, licence, _is_replacement(entry))
    if not found:
        return LeftOut(_shorten_name(names), title, "it has no DOI and is not on arXiv")
    if not title:
        return LeftOut(found[0].base_id, "", "it has no title")
    if reason := find_news_reason(title, found[0].base_id, _iter_kinds(entry)):
        return LeftOut(found[0].base_id, title, reason)
    return _build_candidate(entry, title, found[0].base_id, _find_version(found, names))


def _iter_names(entry: Any) -> Iterator[str]:  # noqa: ANN401
    """What may name the entry's paper, best first."""
    links = (link.get("href", "") for link in entry.get("links", ()) if link.get("rel") in ("alternate", "related"))
    keys = ("dc_identifier", "prism_doi", "link", "id", "feedburner_origlink", "prism_url")
    yield from filter(None, (str(entry.get(key) or "") for key in keys))
    yield from filter(None, links)


def _find_identifier(name: str) -> PaperId | None:
    name = name[:_MAX_ADDRESS]
    if found := PaperId.parse(name):
        return found
    if match := _NATURE_URL.match(name):
        return PaperId.parse(f"10.1038/{match['name']}")
    return PaperId.parse(match["doi"]) if (match := _DOI_IN_URL.match(name)) else None


def _find_version(found: list[PaperId], names: list[str]) -> int:
    """The version of a preprint: its servers append it to the DOI or to the address."""
    in_addresses = (int(match["version"]) for name in names if (match := _VERSION_IN_URL.search(name)))
    return max([1, *(identifier.version or 1 for identifier in found), *in_addresses])


def _shorten_name(names: list[str]) -> str:
    """The name to show for what is no paper: its address."""
    address = next((name for name in names if name.startswith("http")), names[0] if names else "")
    return shorten_text(to_one_line(redact_url(address)), _MAX_NAME)


def _is_replacement(entry: Any) -> bool:  # noqa: ANN401
    kind = str(entry.get("arxiv_announce_type") or "").strip().lower()
    return kind.startswith("replace") or bool(_REPLACEMENT.match(strip_markup(entry.get("summary", "")[:500])))


def _iter_kinds(entry: Any) -> Iterator[str]:  # noqa: ANN401
    """What a feed calls the kind of an entry."""
    yield from (str(entry.get(key) or "") for key in ("prism_section", "dc_type", "prism_contenttype"))
    yield from (str(tag.get("term") or "") for tag in entry.get("tags", ()))


def _build_candidate(entry: Any, title: str, doi: str, version: int) -> Candidate:  # noqa: ANN401
    summary, cited_authors = read_summary(entry.get("summary", ""))
    abstract = "" if summary == title else summary
    names = [strip_markup(author.get("name", "")) for author in entry.get("authors", ())] or [cited_authors]
    authors = (name for text in names for name in _split_authors(text))
    licence = normalize_licence(entry.get("rights") or entry.get("dc_rights") or "")
    paper = build_paper(PaperId(doi, version), title, authors, abstract, licence=licence)
    published = to_utc(entry.get("published_parsed") or entry.get("updated_parsed"))
    terms = tuple(filter(None, (to_one_line(tag.get("term") or "") for tag in entry.get("tags", ()))))
    return Candidate(paper, published, published, terms)


def _split_authors(text: str) -> list[str]:
    """Split an authors field such as "Moreno, A., Lin, B." or "Ada Moreno, Bo Lin"."""
    turned = _TURNED_NAME.findall(text)
    if turned:
        return [f"{given.strip()} {family.strip()}" for family, given in turned]
    return [name for part in re.split(r"[,;]| and ", text) if (name := to_one_line(part))]
