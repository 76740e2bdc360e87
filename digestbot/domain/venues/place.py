"""A place where a paper appears, and which part of a conference that is."""

from __future__ import annotations

import re
from dataclasses import dataclass

WORKSHOP = "Workshop"
CHALLENGE = "Challenge"
_WORKSHOP = re.compile(
    r"\b[a-z]{2,10}shops?\b(?!\s(?:and|&)\sConference)|\bSRW\b|\bsatellite\b|\bcol{0,2}-?located\b"
    r"|\bin\sconjunction\swith\b",
    re.IGNORECASE,
)
_KINDS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("Findings", r"\bfing?dings?\b"),
        ("Demo", r"\bdemo(?:nstration)?s?\s(?:track|paper|session)|\(demo|\bsystem\sdemo|(?<=\d\s)demos?\b"),
        (CHALLENGE, r"\bchallenge\b"),
        ("Late-Breaking", r"\blate[-\s]breaking\b|\bLBW\b"),
        ("Tiny Papers", r"\btiny\s?paper"),
        ("Blogposts", r"\bblog\s?post"),
        ("Doctoral Consortium", r"\b(?:doctoral|phd|ph\.d\.)\s(?:consortium|symposium|forum)\b"),
        ("Student Abstract", r"\bstudent\sabstract"),
        ("Extended Abstract", r"\bextended\sabstract"),
        ("Tutorial", r"\btutorial\b"),
        ("Course", r"\bcourses?\b"),
        ("Posters", r"\bposters\b"),
        ("Bridge", r"\bbridge\b"),
        ("Symposium", r"\b(?:spring|fall|summer)\ssymposi"),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """A venue, its year, and which part of it, such as a workshop; the last two may be unknown."""

    name: str
    year: str = ""
    kind: str = ""

    def __str__(self) -> str:
        named = f"{self.name} {self.year}".rstrip()
        return f"{named} · {self.kind}" if self.kind and self.kind.lower() not in self.name.lower() else named


def is_about_workshop(text: str) -> bool:
    """Whether a text speaks of a workshop."""
    return _WORKSHOP.search(text) is not None


def find_kind(text: str) -> str:
    """The part of a conference that a text speaks of; empty for the conference itself."""
    if is_about_workshop(text):
        return WORKSHOP
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "")
