"""Where a paper appears, read from its authors' comment: ``NeurIPS 2024``, ``CVPR 2024 · Workshop``, ``TPAMI``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from digestbot.domain.venues.clauses import Clause, split_clauses
from digestbot.domain.venues.known import find_mentions_of_venues, read_known_venue
from digestbot.domain.venues.names import Mention, is_journal
from digestbot.domain.venues.other import is_series, read_other_venue
from digestbot.domain.venues.place import WORKSHOP, Place, is_about_workshop

__all__ = ["parse_venue"]

_BARE_WORKSHOP = re.compile(r"[^;:]{0,120}\bworkshop(?:\spaper)?\)?", re.IGNORECASE)


def parse_venue(comment: str) -> str:
    """The venue according to the authors' comment; empty if it names none.

    >>> parse_venue("Accepted by NeurIPS 2024, project page: https://a.example")
    'NeurIPS 2024'
    >>> parse_venue("Presented at the Workshop on Things, CVPR 2024")
    'CVPR 2024 · Workshop'
    """
    clauses = [(clause, find_mentions_of_venues(clause.text)) for clause in split_clauses(comment)]
    beside = [clause for clause, mentions in clauses if not mentions and is_about_workshop(clause.text)]
    read = [(clause, _read_clause(clause, mentions)) for clause, mentions in clauses]
    places = [_place_workshop(clause, place, beside) for clause, place in read if place]
    return str(min(places, key=_rank_place)) if places else ""


def _rank_place(place: Place) -> tuple[bool, bool, bool]:
    """First what is no series of proceedings, then conferences themselves; of workshops those with a year."""
    return is_series(place.name), bool(place.kind), bool(place.kind) and not place.year


def _read_clause(clause: Clause, mentions: Sequence[Mention]) -> Place | None:
    return read_known_venue(clause, mentions) if mentions else read_other_venue(clause)


def _place_workshop(clause: Clause, place: Place, beside: Sequence[Clause]) -> Place:
    """The place, or a workshop there if another clause names one: "Presented at the X workshop. IJCNN 2025"."""
    is_named = any(not clause.acceptance or _BARE_WORKSHOP.fullmatch(other.text) for other in beside)
    return replace(place, kind=WORKSHOP) if is_named and not place.kind and not is_journal(place.name) else place
