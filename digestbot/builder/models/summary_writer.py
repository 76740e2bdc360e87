"""What writes summaries: the port, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from digestbot.builder.models.budget import Budget
from digestbot.builder.texts.full_text import FullText
from digestbot.domain.digest import Summary
from digestbot.domain.paper import Paper
from digestbot.domain.papers.summary_stage import StageListener, ignore_stage
from digestbot.store.digests.builds import Usage


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A summary, what it cost, and why no model wrote it where none did: ``is_over_budget`` for want of money."""

    summary: Summary
    usage: Usage = field(default_factory=Usage)
    problem: str = ""
    is_over_budget: bool = False


class SummaryWriter(Protocol):
    """Writes summaries. ``models`` are the names of those that may."""

    @property
    def models(self) -> Sequence[str]:
        """In the order in which they are asked; none where none is."""

    async def write(
        self, paper: Paper, text: FullText, language: str, budget: Budget, on_stage: StageListener = ignore_stage
    ) -> WriteResult:
        """A paper's summary; there always is one. It tells when an answer is being checked or written again."""

    async def close(self) -> None:
        """Close the connections."""
