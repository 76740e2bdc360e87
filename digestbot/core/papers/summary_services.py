"""Summaries on request, as a port: commands know it, and ``papers`` has it done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from digestbot.domain.digest import Entry
from digestbot.domain.paper import Paper
from digestbot.domain.papers.sent_pdf import SentPdf
from digestbot.domain.papers.summary_stage import StageListener, ignore_stage
from digestbot.errors import DigestbotError


class NoSummaryReason(StrEnum):
    """Why there is no summary: each has a sentence, ``summarize.no_REASON``."""

    MODEL = "model"
    """No model is configured, or this process cannot ask one."""
    WITHDRAWN = "withdrawn"
    TEXT = "text"
    """There is nothing to read: neither a text nor an abstract."""
    SOURCE = "source"
    """The text cannot be had now."""
    BUDGET = "budget"
    """What models may cost a day is used up."""
    SILENT = "silent"
    """No model answered."""
    ANSWER = "answer"
    """No model gave a usable summary."""
    TRIED = "tried"
    """None did within the last hour, and they are not paid again so soon."""


class NoSummaryError(DigestbotError):
    """A paper cannot be summarised now. ``details`` are for the operator's log.

    ``is_billed`` where a model was paid for this request all the same.
    """

    def __init__(self, reason: NoSummaryReason, details: str = "", *, is_billed: bool = False) -> None:
        self.reason, self.details, self.is_billed = reason, details, is_billed
        super().__init__(details or reason.value)


@dataclass(frozen=True, slots=True)
class RequestedSummary:
    """The entry of a paper with its summary; ``is_new`` if it was written for this request, and not for another."""

    entry: Entry
    is_new: bool


class PdfError(DigestbotError):
    """A PDF that somebody sent cannot be read: ``problem`` has a sentence, ``pdf.PROBLEM``; 0 pages if not known."""

    def __init__(self, problem: str, page_count: int = 0) -> None:
        self.problem, self.page_count = problem, page_count
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class SummarizedPdf:
    """A PDF with its summary; ``is_new`` if it was written for this request."""

    pdf: SentPdf
    is_new: bool


class PaperSummarizer(Protocol):
    """Has papers summarised, each once for everyone."""

    @property
    def can_summarize(self) -> bool:
        """Whether a model is configured, and what asks it is installed."""

    def is_summarizing(self, paper_id: int, version: int, language: str) -> bool:
        """Whether this process is at it: who asks then causes no more work."""

    async def summarize_paper(
        self, paper_id: int, paper: Paper, language: str, on_stage: StageListener = ignore_stage
    ) -> RequestedSummary:
        """The summary of a paper, by the id of its row, in a language; kept for everyone.

        It knows nothing of chats and their quotas, but spends the day's budget. However many ask at once, in however
        many processes, the paper is read and summarised once. Raises :class:`NoSummaryError` and
        :class:`~digestbot.errors.StoreError`.
        """

    async def summarize_pdf(
        self,
        subscriber_id: int,
        file_name: str,
        content: bytes,
        language: str,
        on_stage: StageListener = ignore_stage,
    ) -> SummarizedPdf:
        """The summary of a PDF, for who sent it alone and for a day. Raises :class:`PdfError` and the same errors."""

    async def find_pdf(self, subscriber_id: int, token: str) -> SentPdf | None:
        """A PDF that a person sent within a day, by its token; ``None`` for anybody else's."""
