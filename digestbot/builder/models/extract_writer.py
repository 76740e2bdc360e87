"""The writer without a model."""

from __future__ import annotations

from collections.abc import Sequence

from digestbot.builder.models.budget import Budget
from digestbot.builder.models.summary_writer import WriteResult
from digestbot.builder.texts.full_text import FullText
from digestbot.domain.paper import Paper
from digestbot.domain.papers.summary_stage import StageListener, ignore_stage
from digestbot.quality.extracts import extract_summary


class ExtractWriter:
    """The writer without a model: the abstract's most telling sentences."""

    models: Sequence[str] = ()

    async def write(
        self,
        paper: Paper,
        text: FullText,
        language: str,  # noqa: ARG002
        budget: Budget,  # noqa: ARG002
        on_stage: StageListener = ignore_stage,  # noqa: ARG002
    ) -> WriteResult:
        """The abstract's most telling sentences, in order."""
        return WriteResult(extract_summary(paper, text.basis))

    async def close(self) -> None:
        """Nothing is open."""
