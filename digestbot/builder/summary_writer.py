"""What asking for a summary gave."""

from __future__ import annotations

from dataclasses import dataclass, field

from digestbot.domain.digest import Summary
from digestbot.store.builds import Usage


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A summary, what it cost, and why no model wrote it where none did."""

    summary: Summary
    usage: Usage = field(default_factory=Usage)
    problem: str = ""
