"""The writer without a model."""

from __future__ import annotations

from collections.abc import Sequence

from digestbot.builder.budget import Budget
from digestbot.builder.full_text import FullText
from digestbot.builder.summary_writer import WriteResult
from digestbot.domain.paper import Paper
from digestbot.quality.extracts import extract_summary


class ExtractWriter:
    """The writer without a model: the abstract's most telling sentences."""

    models: Sequence[str] = ()

    async def write(self, paper: Paper, text: FullText, language: str, budget: Budget) -> WriteResult:  # noqa: ARG002
        """The abstract's most telling sentences, in order."""
        return WriteResult(extract_summary(paper, text.basis))

    async def close(self) -> None:
        """Nothing is open."""
