"""Where a paper appears, read from its authors' comment: ``NeurIPS 2024``, ``CVPR 2024 · Workshop``, ``TPAMI``."""

from __future__ import annotations

from digestbot.domain.venues.clauses import Clause, split_clauses
from digestbot.domain.venues.known import find_mentions_of_venues, read_known_venue
from digestbot.domain.venues.other import read_other_venue
from digestbot.domain.venues.place import Place

__all__ = ["parse_venue"]


def parse_venue(comment: str) -> str:
    """The venue according to the authors' comment; empty if it names none.

    >>> parse_venue("Accepted by NeurIPS 2024, project page: https://a.example")
    'NeurIPS 2024'
    >>> parse_venue("Presented at the Workshop on Things, CVPR 2024")
    'CVPR 2024 · Workshop'
    """
    places = [place for clause in split_clauses(comment) if (place := _read_clause(clause))]
    return str(min(places, key=lambda place: bool(place.kind))) if places else ""


def _read_clause(clause: Clause) -> Place | None:
    mentions = find_mentions_of_venues(clause.text)
    return read_known_venue(clause, mentions) if mentions else read_other_venue(clause)
