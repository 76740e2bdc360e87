"""Where and when a paper was published, as its publisher or arXiv says: what a citation needs beside the paper."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from digestbot.domain.text.lengths import shorten_text

_MAX_FIELD = 300


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publisher registers of a paper; each is empty, and ``year`` 0, where it is not known.

    ``venue`` is the journal or the proceedings, or arXiv's journal reference as a whole. ``kind`` is Crossref's type
    (https://api.crossref.org/types), such as ``journal-article``. ``month`` and ``day`` are 0 where only the year is
    known.
    """

    doi: str = ""
    venue: str = ""
    publisher: str = ""
    kind: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    year: int = 0
    month: int = 0
    day: int = 0

    def to_text(self) -> str:
        """As it is stored: JSON of what is known; empty if nothing is."""
        known = {name: _bound(value) for name, value in asdict(self).items() if value}
        return json.dumps(known, ensure_ascii=False, separators=(",", ":")) if known else ""

    @classmethod
    def from_text(cls, text: str) -> Publication:
        """What was stored. Raises :class:`ValueError` or :class:`TypeError` for anything else."""
        if not text:
            return NO_PUBLICATION
        known = json.loads(text)
        values = {field.name: known[field.name] for field in fields(cls) if field.name in known}
        if any(type(value) is not type(getattr(NO_PUBLICATION, name)) for name, value in values.items()):
            raise TypeError(f"{text[:_MAX_FIELD]} is no publication")
        return cls(**values)


def _bound(value: str | int) -> str | int:
    return shorten_text(value, _MAX_FIELD) if isinstance(value, str) else value


NO_PUBLICATION = Publication()
"""Nothing is known of where the paper was published."""
