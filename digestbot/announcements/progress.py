"""How far the harvest of a day is, as it is kept between two tries and over a restart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from digestbot.domain.arxiv.announcement import AnnouncementKind, PaperCount

_MOST_TELLING_FIRST = tuple(AnnouncementKind)


@dataclass(slots=True)
class DayProgress:
    """A day that is not settled: what its listings have, which of it is there, and what went wrong at this try.

    ``listed`` has, by archive, the kind of each paper by its identifier. ``gone`` are papers that arXiv lists and has
    not. ``waiting`` says what is not there yet, and ``broken`` what cannot be read.
    """

    day: date
    listed: dict[str, dict[str, AnnouncementKind]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> dict[str, AnnouncementKind]:
        """The most telling kind of each listed paper: what is new in one archive is a cross-list in another."""
        found: dict[str, AnnouncementKind] = {}
        for kind in reversed(_MOST_TELLING_FIRST):
            for listing in self.listed.values():
                found.update((arxiv_id, kind) for arxiv_id, own in listing.items() if own is kind)
        return found

    @property
    def missing(self) -> set[str]:
        """The listed papers that are not there yet."""
        return self.kinds.keys() - self.stored - self.gone

    @property
    def is_empty(self) -> bool:
        """Whether the listings that were read have no paper."""
        return not any(self.listed.values())

    def count_papers(self) -> dict[str, PaperCount]:
        """How many papers each archive has, and how many are there."""
        missing = self.missing
        return {
            archive: PaperCount(len(listing), len(listing.keys() - missing)) for archive, listing in self.listed.items()
        }

    def to_json(self) -> dict[str, Any]:
        """What is kept: the listings, and what is gone."""
        listed = {archive: _group_by_kind(listing) for archive, listing in self.listed.items()}
        return {"listed": listed, "gone": sorted(self.gone)}

    @classmethod
    def from_json(cls, day: date, kept: Mapping[str, Any]) -> DayProgress:
        """What was kept; nothing, if it cannot be read."""
        try:
            listed = {archive: _read_listing(groups) for archive, groups in kept.get("listed", {}).items()}
            return cls(day, listed, {str(arxiv_id) for arxiv_id in kept.get("gone", ())})
        except (ValueError, TypeError, AttributeError):
            return cls(day)


def _group_by_kind(listing: Mapping[str, AnnouncementKind]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for arxiv_id, kind in listing.items():
        groups.setdefault(kind.value, []).append(arxiv_id)
    return groups


def _read_listing(groups: Mapping[str, Iterable[str]]) -> dict[str, AnnouncementKind]:
    return {str(arxiv_id): AnnouncementKind(kind) for kind, ids in groups.items() for arxiv_id in ids}


def join_reasons(reasons: Sequence[str]) -> str:
    """The distinct reasons in one line."""
    return "; ".join(dict.fromkeys(reasons))
