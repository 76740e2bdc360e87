"""Fields that both of arXiv's doors have."""

from __future__ import annotations

from digestbot.cards.text import to_one_line
from digestbot.domain.paper import PaperId
from digestbot.domain.publication import Publication
from digestbot.domain.text.tex import normalize_tex


def build_publication(doi: str, journal_reference: str) -> Publication:
    """Where a paper was published, as its authors told arXiv."""
    found = PaperId.parse(to_one_line(doi))
    return Publication(found.base_id if found and found.is_doi else "", normalize_tex(to_one_line(journal_reference)))
