"""Bundles: what a chat receives at one time, a section a topic, in which each paper is shown once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812  (a field of the same name would hide the type)

from digestbot.domain.digest import Digest, Entry
from digestbot.domain.topic import Topic

MAX_SHOWN_PAPERS = 20
"""How many papers a message of several topics shows; the others are behind a button."""
_AUTHOR_FIELD = "author:"


@dataclass(frozen=True, slots=True)
class OlderDigests:
    """What a delivery only mentions: so many digests are too old for it, and this is the date of one of them."""

    count: int
    date: Date


@dataclass(frozen=True, slots=True)
class TopicSection:
    """The digests of one topic in a bundle, newest first; usually there is one."""

    topic: Topic
    digests: tuple[Digest, ...]
    older: OlderDigests | None = None

    def list_entries(self) -> list[tuple[Digest, Entry]]:
        """The entries with their digests; of a paper in several digests, the newest entry."""
        entries: dict[str, tuple[Digest, Entry]] = {}
        for digest in self.digests:
            for entry in digest.entries:
                entries.setdefault(entry.paper.arxiv_id, (digest, entry))
        return list(entries.values())


@dataclass(frozen=True, slots=True)
class BundledPaper:
    """A paper of a bundle: its number, the section that shows it, and its entry with that entry's digest."""

    number: int
    section: TopicSection
    digest: Digest
    entry: Entry


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a chat receives at one time. Sections of authors come first, then the topics by slug or expression.

    Not by what the chat calls them: a new name or language would put the papers in another order between two parts of
    a delivery, and in what is shown of it later.
    """

    sections: tuple[TopicSection, ...]

    @classmethod
    def gather(cls, sections: Iterable[TopicSection]) -> Bundle:
        """The bundle of these topics; those without papers are left out, unless all are."""
        ordered = sorted(sections, key=lambda one: _get_place(one.topic))
        return cls(tuple(one for one in ordered if one.list_entries()) or tuple(ordered[:1]))

    @property
    def has_papers(self) -> bool:
        """Whether there is any paper in it."""
        return any(digest.entries for section in self.sections for digest in section.digests)

    @property
    def digests(self) -> list[Digest]:
        """All digests, the newest first."""
        found = (digest for section in self.sections for digest in section.digests)
        return sorted(found, key=lambda digest: digest.date, reverse=True)

    def list_papers(self) -> list[BundledPaper]:
        """Each paper once, in the first section that has it, numbered through.

        The first :data:`MAX_SHOWN_PAPERS` have some of each section, as many of each as there is room for; a single
        topic's papers are all shown as they come.
        """
        own = list(self._iter_own_entries())
        quotas = share_places([len(entries) for entries in own], MAX_SHOWN_PAPERS)
        first, rest = _take(own, quotas, is_first=True), _take(own, quotas, is_first=False)
        placed = ((self.sections[at], digest, entry) for at, (digest, entry) in (*first, *rest))
        return [BundledPaper(number, *one) for number, one in enumerate(placed, 1)]

    def _iter_own_entries(self) -> Iterator[list[tuple[Digest, Entry]]]:
        """Of each section the entries that no section before it has."""
        seen: set[str] = set()
        for section in self.sections:
            entries = [one for one in section.list_entries() if one[1].paper.arxiv_id not in seen]
            seen |= {entry.paper.arxiv_id for _, entry in entries}
            yield entries


def _take(
    own: Sequence[Sequence[tuple[Digest, Entry]]], quotas: Sequence[int], *, is_first: bool
) -> Iterator[tuple[int, tuple[Digest, Entry]]]:
    """The entries within their sections' quotas, or those beyond them, each with its section's index."""
    for index, (entries, quota) in enumerate(zip(own, quotas, strict=True)):
        for entry in entries[:quota] if is_first else entries[quota:]:
            yield index, entry


def share_places(counts: Sequence[int], places: int) -> list[int]:
    """How many places each gets of those that there are: as equally as can be, and none more than it needs."""
    shares = [0] * len(counts)
    left = min(places, sum(counts))
    while left:
        wanting = [index for index, count in enumerate(counts) if count > shares[index]]
        each = max(1, left // len(wanting))
        for index in wanting[:left]:
            share = min(each, counts[index] - shares[index], left)
            shares[index] += share
            left -= share
    return shares


def _get_place(topic: Topic) -> tuple[bool, str, str]:
    return not _is_of_author(topic), (topic.expression or topic.slug).casefold(), topic.slug


def _is_of_author(topic: Topic) -> bool:
    """Whether a topic is a follow of an author."""
    return any(word.lstrip("(").startswith(_AUTHOR_FIELD) for word in topic.expression.split())
